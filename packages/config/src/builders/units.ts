export const BYTES = 1;
export const KB = 1024 * BYTES;
export const MB = 1024 * KB;
export const GB = 1024 * MB;
export const TB = 1024 * GB;
