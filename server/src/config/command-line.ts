import { Command, CommanderError } from 'commander';
import { parseRoles, type Role, type Roles, roleNames } from '../roles.ts';
import { ConfigError } from './errors.ts';
import type { Reading } from './reading.ts';

export interface Options {
  role?: string;
  demo: boolean;
  agent: boolean;
  resetPassword?: boolean;
}

/** @throws ConfigError for words that mean nothing, and when only help was asked for */
export function readOptions(argv: readonly string[]): Options {
  const command = new Command('arno-server')
    .description('Tracking server, inference gateway, file server and console')
    .option(
      '--role <list>',
      `the parts to run, with commas between them: ${roleNames.join(', ')}; default all`,
    )
    .option('--no-demo', 'do not fill the project "Getting started" on the first start')
    .option('--no-agent', 'do not run an agent beside the server')
    .option('--reset-password', 'give the administrator a new password')
    .addHelpText('after', '\n"arno-server import --help" tells how to bring along what an older system knew.')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    return command.parse(argv).opts();
  } catch (error) {
    // Commander has already written its message.
    if (error instanceof CommanderError) throw new ConfigError([], error.exitCode);
    throw error;
  }
}

/** The parts to run. */
export function readRoles({ role, agent }: Options, check: Reading['check']): Roles {
  const { roles, unknown } = parseRoles(role ?? roleNames.join(','));
  check(
    unknown.length === 0,
    `--role: there is no ${unknown.join(', ')}; choose among ${roleNames.join(', ')}, several with commas`,
  );
  check(roles.size > 0 || unknown.length > 0, '--role names no role');
  if (!agent) roles.delete('agent');
  // Its key pair is made here, and it calls the listeners of this process.
  const needed = (['api', 'files'] satisfies Role[]).filter((other) => !roles.has(other));
  check(
    !roles.has('agent') || needed.length === 0,
    `--role agent needs ${needed.join(' and ')} in the same process; elsewhere run "arno agent"`,
  );
  return roles;
}
