import type { CallableModel, CallableTask, CallDocument } from '@arno/protocol';
import PQueue from 'p-queue';
import type { Dispatcher } from 'undici';
import { unlessAborted } from '../http/abort.ts';
import { CallError, mayPass } from '../http/call-error.ts';
import { contentOf, exchange, type HttpAnswer, type HttpRequest, openStream } from '../http/http.ts';
import { withRetries } from '../http/retry.ts';
import type { TokenSource } from '../tokens/token-source.ts';
import { type Answer, answerOf, refusal, withOrigin } from './answers.ts';
import { type Follower, follow } from './follow.ts';
import { type EnqueueOrder, enqueueRequest, type OnDemandOrder, onDemandRequest } from './requests.ts';

export interface GatewayOptions {
  /** Address of the server, with its path if it has one. */
  url: string;
  tokens: TokenSource;
  dispatcher: Dispatcher;
  /** For the answer to one request. */
  timeoutMs: number;
  /** How often a request is sent again that failed for a reason that passes. */
  retries: number;
  /** Requests on their way at a time; the others wait for their turn. */
  concurrency: number;
}

/** Each waiting call holds its message; a flow that makes them quicker than they go out must be told so. */
const mostWaiting = 1_000;
const listTimeoutMs = 15_000;

/** One server, for all nodes that call it. Its methods throw CallError, and the reason of the signal that is given to them. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #queue: PQueue;

  constructor(options: GatewayOptions) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, '') };
    this.#queue = new PQueue({ concurrency: options.concurrency });
  }

  /** Queues a task. Tried again after any failure that passes: its key lets the gateway see that it is the same call. */
  async enqueue(order: EnqueueOrder, signal: AbortSignal): Promise<Answer> {
    return answerOf(await this.#inTurn((token) => enqueueRequest(order, token), mayPass, signal));
  }

  /** Calls a model. Tried again only when it surely did not run: nothing else is known of what a model does. */
  async onDemand(order: OnDemandOrder, signal: AbortSignal): Promise<Answer> {
    const didNotRun = ({ details: { notSent, status } }: CallError) =>
      notSent === true || status === 503 || status === 429;
    return answerOf(await this.#inTurn((token) => onDemandRequest(order, token), didNotRun, signal));
  }

  /** Waits for the end of a queued call, over interruptions of the network and of the server. */
  async follow(callId: string, follower: Follower): Promise<CallDocument> {
    const path = `/gateway/v1/calls/${encodeURIComponent(callId)}`;
    const document = await follow(follower, {
      open: (signal) => this.#open(`${path}/events`, signal),
      read: async (signal) => contentOf(await this.#get(path, signal)) as CallDocument,
    });
    return withOrigin(document, this.#options.url);
  }

  /** Asks for the end of a queued call. Answers its document, in which it may still be running. */
  async cancel(callId: string, signal: AbortSignal): Promise<CallDocument> {
    const path = `/gateway/v1/calls/${encodeURIComponent(callId)}`;
    const attempt = () => this.#send(() => ({ method: 'DELETE', url: path }), signal);
    const answer = await withRetries(attempt, { retries: this.#options.retries, again: mayPass, signal });
    return contentOf(answer) as CallDocument;
  }

  /** Tasks that this login may enqueue. */
  async tasks(signal: AbortSignal): Promise<CallableTask[]> {
    return (contentOf(await this.#get('/gateway/v1/tasks', signal)) as { tasks: CallableTask[] }).tasks;
  }

  /** Models that this login may call. */
  async models(signal: AbortSignal): Promise<CallableModel[]> {
    return (contentOf(await this.#get('/gateway/v1/models', signal)) as { models: CallableModel[] }).models;
  }

  /** Breaks off what is on its way. */
  async close(): Promise<void> {
    this.#queue.clear();
    this.#options.tokens.close();
    await this.#options.dispatcher.destroy();
  }

  async #inTurn(
    make: (token: string) => HttpRequest,
    again: (error: CallError) => boolean,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    if (this.#queue.size >= mostWaiting)
      throw new CallError(`${mostWaiting} calls wait for this server already: slow the flow down`);
    const turn = () => this.#queue.add(() => this.#send(make, signal), { signal, throwOnTimeout: true });
    const attempt = () => unlessAborted(turn(), signal);
    return withRetries(attempt, { retries: this.#options.retries, again, signal });
  }

  #get(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#send(() => ({ method: 'GET', url: path }), signal, listTimeoutMs);
  }

  async #send(
    make: (token: string) => HttpRequest,
    signal: AbortSignal,
    timeoutMs = this.#options.timeoutMs,
  ): Promise<HttpAnswer> {
    const { dispatcher, url: origin } = this.#options;
    const answer = await this.#withToken(signal, (token) => {
      const { url, headers, ...request } = make(token);
      const authorized = { ...bearer(token), ...headers };
      return exchange(
        { ...request, url: origin + url, headers: authorized },
        { dispatcher, timeoutMs, signal },
      );
    });
    if (answer.status >= 400) throw refusal(answer, origin);
    return answer;
  }

  async #open(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { dispatcher, timeoutMs, url } = this.#options;
    const answer = await this.#withToken(signal, (token) =>
      openStream(url + path, bearer(token), { dispatcher, timeoutMs, signal }),
    );
    if ('stream' in answer) return answer.stream;
    throw refusal(answer, url);
  }

  /** Once more with another token when the first one is refused: it may have been revoked before its time. */
  async #withToken<Result extends HttpAnswer | { stream: unknown }>(
    signal: AbortSignal,
    send: (token: string) => Promise<Result>,
  ): Promise<Result> {
    const { tokens } = this.#options;
    const token = await tokens.token(signal);
    const answer = await send(token);
    const isRefused = 'status' in answer && answer.status === 401;
    return isRefused && tokens.refused(token) ? send(await tokens.token(signal)) : answer;
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
