import type { OidcConfig, OidcRole } from '../../config.ts';
import type { LiveSettings } from '../../platform/live-settings.ts';
import { type AddressFilter, Networks } from '../../platform/networks.ts';
import type { RoleMap } from '../login/index.ts';

/** Rows of `settings` that administrators edit. */
export const networksKey = 'allowed_networks';
export const rolesKey = 'oidc_roles';
export const accessKeys = [networksKey, rolesKey] as const;

/** Until an administrator says otherwise: the roles of the Keycloak realm that Arno was made for. */
const firstRoles: Readonly<Record<string, OidcRole>> = {
  RootAdmin: 'admin',
  ToolAdmin: 'admin',
  AreaManager: 'developer',
};

interface Fixed {
  /** Of ARNO_ALLOWED_NETWORKS; none leaves it to the settings. */
  allowedNetworks: readonly string[];
  oidc: OidcConfig | undefined;
}

/**
 * Who may come in at this moment: the networks that reach API and file server, and what the identity provider's roles mean. The
 * environment wins over what administrators wrote.
 */
export class AccessRules implements AddressFilter {
  readonly #settings: LiveSettings;
  readonly #fixed: Fixed;
  #filter: Networks | undefined;
  #roles: RoleMap = new Map();

  /** @param settings that have been started, with the keys `accessKeys` */
  constructor(settings: LiveSettings, fixed: Fixed) {
    this.#settings = settings;
    this.#fixed = fixed;
    this.#read();
    settings.onChange(() => this.#read());
  }

  #read(): void {
    const { networks } = this;
    this.#filter = networks.length > 0 ? new Networks(networks) : undefined;
    const stored = this.#settings.get(rolesKey) as Record<string, OidcRole> | undefined;
    this.#roles = this.#fixed.oidc?.roles ?? new Map(Object.entries(stored ?? firstRoles));
  }

  /** The single sign-on; undefined without one. */
  get oidc(): OidcConfig | undefined {
    return this.#fixed.oidc;
  }

  /** Empty lets all in. */
  get networks(): readonly string[] {
    const { allowedNetworks } = this.#fixed;
    if (allowedNetworks.length > 0) return allowedNetworks;
    return (this.#settings.get(networksKey) as string[] | undefined) ?? [];
  }

  get roles(): RoleMap {
    return this.#roles;
  }

  /** The environment variables that say so, instead of an administrator. */
  get fixedBy(): { networks?: string; roles?: string } {
    return {
      ...(this.#fixed.allowedNetworks.length > 0 && { networks: 'ARNO_ALLOWED_NETWORKS' }),
      ...(this.#fixed.oidc?.roles && { roles: 'ARNO_OIDC_ROLES' }),
    };
  }

  includes(address: string): boolean {
    return this.#filter?.includes(address) ?? true;
  }

  /** Takes over what was just written, without waiting to be told of it. */
  refresh(): Promise<void> {
    return this.#settings.refresh();
  }
}
