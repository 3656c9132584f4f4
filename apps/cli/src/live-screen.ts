import type { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import type { Clock } from "@borealis/clock";
import type { ShownTask, TaskView } from "@borealis/executor";
import { type LiveModel, liveModel } from "./live-model.ts";
import { renderSummary, renderView, type Viewport } from "./live-view.ts";

const FRAME_MS = 100;
const SECOND_MS = 1000;
const MOST_HELD = 64 * 1024;
const [COLUMNS, ROWS] = [80, 24];

/** Without wrapping, a line that is wider than we think takes no second line that nobody would clear. */
const NO_WRAP = "\x1b[?7l";
const WRAP = "\x1b[?7h";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

type Terminal = Pick<WriteStream, "columns" | "rows" | "write" | "on" | "off" | "hasColors">;

/**
 * A view of one task, drawn in place at the bottom of a terminal; what is printed goes above it.
 *
 *   show ──► due ──► drawn ──► due …      at most once in FRAME_MS, and once a second for what counts up
 *   print ─► due, above the view          end ─► cleared, summary; nothing is drawn any more
 *
 * A frame is one write: half a frame is never seen.
 */
export class LiveScreen implements TaskView {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #redraw = () => this.#draw();
  #model: LiveModel | undefined;
  /** As they are on the screen. */
  #lines: readonly string[] = [];
  /** Printed since the last frame. */
  #above = "";
  #drawnAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #over = false;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
    terminal.on("resize", this.#redraw);
  }

  show(task: ShownTask): void {
    this.#model = liveModel(this.#model, task, this.#clock.wallTime());
    this.#drawSoon();
  }

  /** Whole lines, which end with a line feed. */
  print(text: string): void {
    if (this.#over) {
      this.#terminal.write(text);
      return;
    }
    this.#above += text;
    if (this.#above.length > MOST_HELD) this.#draw();
    else this.#drawSoon();
  }

  /** Leaves a summary in the view's place. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel?.();
    this.#terminal.off("resize", this.#redraw);
    const summary = this.#model === undefined ? [] : renderSummary(this.#model, this.#clock.wallTime());
    const lines = summary.map((line) => `${line}\n`).join("");
    this.#terminal.write(`${this.#home()}${CLEAR_BELOW}${this.#above}${lines}`);
  }

  #drawSoon(): void {
    this.#drawIn(Math.max(0, this.#drawnAt + FRAME_MS - this.#clock.now()));
  }

  #drawIn(delayMs: number): void {
    if (this.#over) return;
    this.#cancel?.();
    this.#cancel = this.#clock.after(delayMs, this.#redraw);
  }

  #draw(): void {
    if (this.#over) return;
    const lines = this.#model === undefined ? [] : renderView(this.#model, this.#viewport());
    const frame = lines.map((line) => `${line}${CLEAR_LINE}\n`).join("");
    // What is printed may be longer than a line, and is to be read whole.
    const above = this.#above === "" ? "" : `${CLEAR_BELOW}${this.#above}`;
    this.#terminal.write(`${this.#home()}${above}${NO_WRAP}${frame}${CLEAR_BELOW}${WRAP}`);
    this.#above = "";
    this.#lines = lines;
    this.#drawnAt = this.#clock.now();
    this.#drawIn(SECOND_MS);
  }

  /** Some terminals say that they are 0 by 0. */
  #viewport(): Viewport {
    const { columns, rows } = this.#terminal;
    const color = this.#terminal.hasColors();
    return { columns: columns || COLUMNS, rows: rows || ROWS, color, now: this.#clock.wallTime() };
  }

  /** To where the view begins: a terminal that became narrower has broken lines that were one. */
  #home(): string {
    const { columns } = this.#viewport();
    const widths = this.#lines.map((line) => [...stripVTControlCharacters(line)].length);
    const height = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return height === 0 ? "\r" : `\r\x1b[${height}A`;
  }
}
