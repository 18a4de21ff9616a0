import { createServer } from 'node:net';

/** A port that somebody else holds, by the name of its setting. */
export class PortInUseError extends Error {}

export interface PortWanted {
  bind: string;
  port: number;
}

/**
 * Tries each port for a moment, so that a start that cannot succeed fails before it has done anything.
 *
 * @param ports setting -> address
 * @throws PortInUseError naming the port and its setting
 */
export async function requireFreePorts(ports: Record<string, PortWanted>): Promise<void> {
  for (const [setting, { bind, port }] of Object.entries(ports)) {
    await new Promise<void>((resolve, reject) => {
      const probe = createServer();
      probe.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, setting, port, bind)));
      probe.listen({ port, host: bind, exclusive: true }, () => probe.close(() => resolve()));
    });
  }
}

function explain(error: NodeJS.ErrnoException, setting: string, port: number, bind: string): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new PortInUseError(
        `port ${port} is in use: stop the program that holds it, or set ${setting} to another`,
      );
    case 'EACCES':
      return new PortInUseError(
        `port ${port} may not be used by this account: set ${setting} to one above 1023`,
      );
    case 'EADDRNOTAVAIL':
      return new PortInUseError(`this machine has no address ${bind}: set ARNO_BIND to one it has`);
    default:
      return error;
  }
}
