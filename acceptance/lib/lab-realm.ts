/** Password of everybody in the realm. */
export const password = 'a-password-of-the-tests';

/** Secret of the client `arno`. */
export const clientSecret = 'a-secret-that-only-keycloak-and-arno-know';

interface Person {
  username: string;
  role: string;
  groups: string[];
}

/** At least one for each role of the lab's realm. */
const people: Person[] = [
  { username: 'rosa', role: 'RootAdmin', groups: [] },
  { username: 'tim', role: 'ToolAdmin', groups: [] },
  { username: 'ada', role: 'AreaManager', groups: ['/vision'] },
  { username: 'mia', role: 'Manager', groups: ['/vision/parking'] },
  { username: 'leo', role: 'Manager', groups: [] },
];

/**
 * A realm as the lab's Keycloak has it, in Keycloak's own format: its roles, groups, and clients. `node-red` is what the lab's blocks
 * log in with, `light` has tokens that say nothing of roles, `brief` tokens that last a second, `elsewhere` belongs to another
 * program, and `arno` is the console.
 */
export function labRealm(realm: string, consoleUrl: string) {
  return {
    realm,
    enabled: true,
    sslRequired: 'none',
    roles: { realm: [...new Set(people.map(({ role }) => role))].map((name) => ({ name })) },
    groups: [{ name: 'vision', subGroups: [{ name: 'parking' }] }],
    users: people.map(userOf),
    clients: [
      publicClient('node-red'),
      publicClient('elsewhere'),
      {
        ...publicClient('light', { 'client.use.lightweight.access.token.enabled': 'true' }),
        protocolMappers: [groupsInTokens, forArno],
      },
      publicClient('brief', { 'access.token.lifespan': '1' }),
      {
        ...client('arno'),
        secret: clientSecret,
        standardFlowEnabled: true,
        redirectUris: [`${consoleUrl}/console/v1/login/oidc/callback`],
      },
    ],
  };
}

function userOf({ username, role, groups }: Person) {
  return {
    username,
    enabled: true,
    email: `${username}@example.org`,
    emailVerified: true,
    firstName: username,
    lastName: 'of the lab',
    credentials: [{ type: 'password', value: password, temporary: false }],
    realmRoles: [role],
    groups,
  };
}

function publicClient(clientId: string, attributes: Record<string, string> = {}) {
  return { ...client(clientId), publicClient: true, directAccessGrantsEnabled: true, attributes };
}

function client(clientId: string) {
  return { clientId, enabled: true, standardFlowEnabled: false, protocolMappers: [groupsInTokens] };
}

const groupsInTokens = {
  name: 'groups',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-group-membership-mapper',
  config: {
    'claim.name': 'groups',
    'full.path': 'true',
    'access.token.claim': 'true',
    'id.token.claim': 'true',
    'introspection.token.claim': 'true',
  },
};

/** Keycloak tells a client only of tokens that are for it. */
const forArno = {
  name: 'for arno',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.client.audience': 'arno', 'access.token.claim': 'true', 'lightweight.claim': 'true' },
};
