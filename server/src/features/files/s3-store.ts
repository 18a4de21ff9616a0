import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import mime from 'mime';
import type { S3Config } from '../../config.ts';
import { FileError, ObjectStoreError } from './errors.ts';
import { asFileError, isMissing, refusalOf } from './s3-errors.ts';
import { conditionsOf, refusedByCondition, servedFile } from './s3-requests.ts';
import type { FileStore, ServedFile } from './store.ts';

/** An upload holds as many parts as are sent at once: 32 MiB. A file has at most 10,000 parts: 80 GiB. */
const upload = { partSize: 8 * 1024 * 1024, queueSize: 4 };
/** Bytes of an object's name, which the prefix is a part of. */
const maxKeyBytes = 1024;
const connectMs = 5000;
/** Whoever takes nothing for so long is cut off by the file server too. */
const idleMs = 120_000;
/** For requests without content, with all their repetitions. */
const answerMs = 30_000;
const staleMs = 24 * 60 * 60 * 1000;

/** Files as objects of a bucket, under their own names below a prefix. */
export class S3Store implements FileStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  private constructor(client: S3Client, { bucket, prefix }: S3Config) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  get place() {
    return { kind: 's3', location: [this.#bucket, this.#prefix].join('/').replace(/\/$/, '') } as const;
  }

  /**
   * Connects to a bucket, which must exist, and ends uploads that a crash left behind.
   *
   * @throws ObjectStoreError when it does not answer, or not to these keys
   */
  static async open(config: S3Config): Promise<S3Store> {
    const client = clientOf(config);
    try {
      await client.send(new HeadBucketCommand({ Bucket: config.bucket }), timed());
    } catch (error) {
      client.destroy();
      throw new ObjectStoreError(refusalOf(error, config));
    }
    const store = new S3Store(client, config);
    // Some stores do not have it, some keys may not do it: their owners have rules that do the same.
    await store.#endStaleUploads().catch(() => undefined);
    return store;
  }

  async write(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    // An object appears when its last byte is there. Of a broken one the parts are deleted.
    const type = mime.getType(path) ?? 'application/octet-stream';
    const sent = new Upload({
      client: this.#client,
      params: {
        ...this.#object(path),
        Body: Readable.from(content, { objectMode: false }),
        ContentType: /^text\/|^application\/(javascript|json)$/.test(type) ? `${type}; charset=utf-8` : type,
      },
      ...upload,
    });
    await sent.done().catch((error: unknown) => {
      throw asFileError(error, path);
    });
  }

  async read(path: string): Promise<{ size: number; content: Readable } | undefined> {
    return this.#unlessMissing(path, async () => {
      const { ContentLength = 0, Body } = await this.#client.send(new GetObjectCommand(this.#object(path)));
      return { size: ContentLength, content: Body as Readable };
    });
  }

  async serve(path: string, request: IncomingMessage): Promise<ServedFile | undefined> {
    return this.#unlessMissing(path, async () => {
      const { conditions, fallback } = conditionsOf(request.headers);
      const send = (input: Partial<GetObjectCommandInput>) =>
        this.#answer(request.method, { ...this.#object(path), ...input });
      const answer = await send(conditions);
      return answer.status === 412 && fallback ? send(fallback) : answer;
    });
  }

  /** A GET or HEAD of the bucket as an answer of ours. What the conditions refuse is an answer too. */
  async #answer(method: string | undefined, input: GetObjectCommandInput): Promise<ServedFile> {
    try {
      if (method === 'HEAD') {
        return servedFile(await this.#client.send(new HeadObjectCommand(input), timed()), Readable.from([]));
      }
      const found = await this.#client.send(new GetObjectCommand(input));
      return servedFile(found, found.Body as Readable);
    } catch (error) {
      const refused = refusedByCondition(error);
      if (!refused) throw error;
      return refused;
    }
  }

  async delete(path: string): Promise<boolean> {
    const object = this.#object(path);
    const existed = await this.#unlessMissing(path, () =>
      this.#client.send(new HeadObjectCommand(object), timed()),
    );
    // S3 deletes what is not there without a word.
    if (existed)
      await this.#unlessMissing(path, () => this.#client.send(new DeleteObjectCommand(object), timed()));
    return existed !== undefined;
  }

  async *list(folder: string): AsyncGenerator<string> {
    const Prefix = `${this.#prefix}${folder}/`;
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix });
    try {
      for await (const { Contents = [] } of pages) {
        // What ends in / is the mark of an empty folder that some tools make.
        for (const { Key } of Contents) if (Key && !Key.endsWith('/')) yield Key.slice(this.#prefix.length);
      }
    } catch (error) {
      throw asFileError(error, folder);
    }
  }

  async *sizes(): AsyncGenerator<number> {
    const request = { Bucket: this.#bucket, Prefix: this.#prefix };
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, request)) {
      for (const { Size = 0 } of Contents) yield Size;
    }
  }

  async freeBytes(): Promise<number> {
    return Number.POSITIVE_INFINITY;
  }

  #object(path: string): { Bucket: string; Key: string } {
    const Key = this.#prefix + path;
    if (Buffer.byteLength(Key) > maxKeyBytes)
      throw new FileError(
        400,
        `the object store takes names of up to ${maxKeyBytes} bytes: choose a shorter one`,
      );
    return { Bucket: this.#bucket, Key };
  }

  async #unlessMissing<Result>(path: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw asFileError(error, path);
    }
  }

  async #endStaleUploads(): Promise<void> {
    const Bucket = this.#bucket;
    // The first thousand; the next start sees the others.
    const { Uploads = [] } = await this.#client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: this.#prefix }),
      timed(),
    );
    for (const { Key, UploadId, Initiated } of Uploads) {
      // Not all of them: another replica may be receiving one now.
      if (!Initiated || Date.now() - Initiated.getTime() < staleMs) continue;
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), timed());
    }
  }
}

function clientOf({ endpoint, region, keys, pathStyle }: S3Config): S3Client {
  return new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(keys && { credentials: { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey } }),
    forcePathStyle: pathStyle,
    maxAttempts: 3,
    // Other stores know the newer checksums only in part; TLS and the signature guard the content all the same.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: idleMs,
      // A slow reader holds its connection for as long as it reads.
      httpAgent: { maxSockets: 256 },
      httpsAgent: { maxSockets: 256 },
    },
  });
}

function timed(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(answerMs) };
}
