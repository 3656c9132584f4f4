import type { Clock } from "@borealis/clock";
import type { Dispatcher } from "undici";
import type { CheckResult } from "../probes/check-result.ts";
import { abortion, type Failure, failureOf } from "../probes/probe-reason.ts";
import type { HttpConnection } from "./http-connection.ts";
import type { Target } from "./http-connector.ts";
import { type BodyNeed, HttpExchange } from "./http-exchange.ts";
import { judgeBody } from "./http-judge.ts";
import type { BodyExpectation } from "./http-options.ts";
import { followRedirect, isRedirect, type Question } from "./http-redirect.ts";

/** What every check of a probe has in common. */
export interface HttpPlan {
  readonly target: Target;
  readonly request: Dispatcher.DispatchOptions;
  readonly question: Question;
  /** `http://localhost:8080`, for redirects. */
  readonly base: string;
  /** What is wrong with a status, in words. */
  readonly judgeStatus: (statusCode: number) => string | undefined;
  readonly body: BodyExpectation | null;
  readonly followRedirects: boolean;
  readonly keepAlive: boolean;
  readonly clock: Clock;
}

/**
 * One check: a question, and one more for each redirect that is followed.
 *
 *   ask ──answer──► judge ──► settled
 *    ▲ │                │
 *    │ └─ the kept connection died before it answered, once
 *    └── redirect ──────┘
 *
 * The signal ends it wherever it is.
 */
export class HttpCheck {
  readonly #plan: HttpPlan;
  readonly #connection: HttpConnection;
  readonly #signal: AbortSignal;
  readonly #settle: (result: CheckResult) => void;
  readonly #startedAt: number;
  readonly #asked: Question[];
  #exchange: HttpExchange | undefined;
  #retried = false;

  constructor(
    plan: HttpPlan,
    connection: HttpConnection,
    signal: AbortSignal,
    settle: (result: CheckResult) => void,
  ) {
    this.#plan = plan;
    this.#connection = connection;
    this.#signal = signal;
    this.#settle = settle;
    this.#startedAt = plan.clock.now();
    this.#asked = [plan.question];
    signal.addEventListener("abort", this.#abandon);
    this.#ask(plan.request);
  }

  readonly #abandon = () => this.#exchange?.abandon(this.#signal.reason);

  readonly #need = (statusCode: number, location: string | undefined): BodyNeed => {
    const { followRedirects, judgeStatus, body } = this.#plan;
    if (followRedirects && isRedirect(statusCode, location)) return "none";
    if (judgeStatus(statusCode) !== undefined) return "start";
    return body === null ? "none" : "all";
  };

  #ask(request: Dispatcher.DispatchOptions): void {
    const { target, keepAlive, clock } = this.#plan;
    const connection = this.#connection;
    const before = connection.opened;
    this.#exchange = new HttpExchange({
      connection,
      keepAlive,
      clock,
      need: this.#need,
      onEnd: (exchange) => {
        // Services end idle connections when they like; a new one tells whether this one is there.
        const reused = connection.opened === before;
        if (
          exchange.error === undefined ||
          exchange.begun ||
          !reused ||
          this.#retried ||
          this.#signal.aborted
        ) {
          return this.#judgeSafely(exchange);
        }
        this.#retried = true;
        this.#ask(request);
      },
    });
    connection.ask(target, request, this.#exchange);
  }

  /** Called by a socket: what is thrown here would end the process, because of one service's answer. */
  #judgeSafely(exchange: HttpExchange): void {
    try {
      this.#judge(exchange);
    } catch (error) {
      const reason = `the answer could not be judged: ${error instanceof Error ? error.message : String(error)}`;
      this.#fail(exchange, { kind: "internal", reason });
    }
  }

  #judge(exchange: HttpExchange): void {
    const { statusCode, location, error } = exchange;
    if (error !== undefined || statusCode === undefined) {
      return this.#fail(
        exchange,
        this.#signal.aborted ? this.#cutShort(exchange) : failureOf(error, this.#plan.target.port),
      );
    }
    const { followRedirects, judgeStatus, body } = this.#plan;
    if (followRedirects && isRedirect(statusCode, location))
      return this.#follow(exchange, statusCode, location);
    const wrongStatus = judgeStatus(statusCode);
    if (wrongStatus !== undefined) return this.#fail(exchange, { kind: "status", reason: wrongStatus });
    if (body !== null) {
      const reason = exchange.tooLarge ? "body is larger than 64 KB" : judgeBody(exchange.body, body);
      if (reason !== undefined) return this.#fail(exchange, { kind: "body", reason });
    }
    this.#end({ healthy: true, durationMs: exchange.endedAt - this.#startedAt, statusCode });
  }

  #follow(exchange: HttpExchange, statusCode: number, location: string): void {
    const { base, request } = this.#plan;
    const next = followRedirect(statusCode, location, { asked: this.#asked, base });
    if ("problem" in next) return this.#fail(exchange, { kind: "status", reason: next.problem });
    if (this.#signal.aborted) return this.#fail(exchange, this.#cutShort(exchange));
    this.#asked.push(next);
    this.#ask({ ...request, ...next });
  }

  /** How far it came tells a service whose queue is full from one that thinks for too long. */
  #cutShort({ connected, begun, statusCode }: HttpExchange): Failure {
    const { kind, reason } = abortion(this.#signal);
    if (!connected) return { kind, reason: `${reason}: no connection came about` };
    if (!begun) return { kind, reason };
    const missing =
      statusCode === undefined ? "its headers did not end" : `HTTP ${statusCode}, whose body did not end`;
    return { kind, reason: `${reason}: ${missing}` };
  }

  #fail(exchange: HttpExchange, { kind, reason }: Failure): void {
    const { statusCode, start, endedAt } = exchange;
    this.#end({
      healthy: false,
      kind,
      reason,
      ...(statusCode === undefined ? {} : { statusCode, output: start }),
      durationMs: endedAt - this.#startedAt,
    });
  }

  #end(result: CheckResult): void {
    this.#signal.removeEventListener("abort", this.#abandon);
    this.#settle(result);
  }
}
