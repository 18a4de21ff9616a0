import { join } from 'node:path';
import { type Addresses, passwordFile } from './access-files.ts';
import type { Config } from './config.ts';
import type { Installation } from './installation.ts';
import { arnoVersion } from './platform/version.ts';
import { type Role, roleNames } from './roles.ts';

/** Tells a person how to get in; the one place where something is written that is not a log line. */
export async function announce(
  { data, roles, clearml }: Config,
  { newPassword }: Installation,
  addresses: Addresses,
): Promise<void> {
  const kept = await passwordFile(data);
  const hint = kept
    ? `the first password is in ${kept}`
    : 'npm start -- --reset-password gives a new password';
  const login = newPassword ? `log in as admin with password ${newPassword}` : `log in as admin; ${hint}`;
  const of = (role: Role, ...lines: string[]) => (roles.has(role) ? lines : []);
  const lines = [
    '',
    `  Arno ${arnoVersion} is running. Press Ctrl-C to stop it.`,
    '',
    ...(roles.size < roleNames.length ? [`  Roles        ${[...roles].join(', ')}`] : []),
    ...of('web', `  Console      ${addresses.web}`, `               ${login}`),
    ...of(
      'api',
      `  ClearML API  ${addresses.api}`,
      `  SDK          export CLEARML_CONFIG_FILE=${join(data, 'clearml.conf')}`,
    ),
    ...of('gateway', `  Gateway      ${addresses.web}/gateway/v1 with the token in ${join(data, 'token')}`),
    ...(clearml ? [`  Tasks        on the ClearML server ${clearml.web ?? clearml.api}`] : []),
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
