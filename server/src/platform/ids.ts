import { createHash, hash, randomBytes, randomFillSync } from 'node:crypto';

const idBytes = 16;
/** For the next ids: to ask the system for each takes several times as long. */
const pool = Buffer.allocUnsafe(256 * idBytes);
let used = pool.length;

/** A new object id: 32 lower-case hex digits, the only form that clearml-agent accepts. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += idBytes;
  return pool.toString('hex', used - idBytes, used);
}

/** `bytes` random bytes as URL-safe text. */
export function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** Lower-case hex SHA-256 of a text. */
export function sha256(text: string): string {
  return hash('sha256', text);
}

/** Lower-case hex MD5 of a text; only for keys that the protocol defines so. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
