export { AccessRules, accessKeys } from './access-rules.ts';
export { leftOutBy, writeNetworks } from './networks.ts';
export { roleChanges, writeRoleMap } from './role-map.ts';
