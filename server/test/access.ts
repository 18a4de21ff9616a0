import type { OidcConfig } from '../src/config.ts';
import { AccessRules, accessKeys } from '../src/features/access/index.ts';
import type { Database } from '../src/platform/database.ts';
import { LiveSettings } from '../src/platform/live-settings.ts';
import type { Logger } from '../src/platform/log.ts';

/** Who may come in; follows what administrators change once `settings` have been started. */
export function testAccess(
  { db, pool }: Pick<Database, 'db' | 'pool'>,
  log: Logger,
  { allowedNetworks = [], oidc }: { allowedNetworks?: string[]; oidc?: OidcConfig | undefined } = {},
) {
  const settings = new LiveSettings({ db, pool, log, keys: accessKeys });
  return { settings, accessRules: new AccessRules(settings, { allowedNetworks, oidc }) };
}
