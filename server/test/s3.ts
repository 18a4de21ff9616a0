import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Config } from '../src/config.ts';

const program = join(import.meta.dirname, '../../.cache/moto/bin/moto_server');
const bucket = 'files';

export interface TestS3 {
  config: S3Config;
  /** Uploads that have begun and neither ended nor were given up. */
  unfinishedUploads(): Promise<number>;
  close(): Promise<void>;
}

/** An S3 of this machine with one empty bucket: moto's, as a process of its own. */
export async function startS3(): Promise<TestS3> {
  if (!existsSync(program)) throw new Error(`${program} is missing: "npm test" prepares it`);
  const child = spawn(program, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const endpoint = await addressOf(child);
  const keys = { accessKey: 'key', secretKey: 'secret' };
  const client = new S3Client({
    ...{ endpoint, region: 'us-east-1', forcePathStyle: true },
    credentials: { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    config: { bucket, prefix: 'arno/lab', endpoint, region: 'us-east-1', keys, pathStyle: true },
    async unfinishedUploads() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.length;
    },
    async close() {
      client.destroy();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** It says where it listens, once it does. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the S3 ended with ${code}:\n${output}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [, address] = /Running on (http:\S+)/.exec(output) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
}
