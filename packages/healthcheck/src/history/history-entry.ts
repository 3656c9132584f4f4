/*
 * What a frame holds, one after the other:
 *
 *   NAME        id, text                    the id stands for that check until the end of the file
 *   RESULT      id, record, words           one more
 *   TRANSITION  id, record, words           one more
 *   WHOLE       id, results, transitions    all there is of the check; forget what was said of it before
 *
 *   words       NO_WORDS | SAME as the last of this ring in this file | NEW, reason, output
 *   results     count, the records, count of those with words, of each: its place, words
 */
export const NAME = 1;
export const RESULT = 2;
export const TRANSITION = 3;
export const WHOLE = 4;

export const NO_WORDS = 0;
export const SAME = 1;
export const NEW = 2;
export const ABSENT = 0xffff_ffff;
