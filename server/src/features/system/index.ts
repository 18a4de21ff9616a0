export { CallRetention, callRetentionKey } from './call-retention.ts';
export { databaseHealth, migrations } from './database-health.ts';
export { systemEndpoints } from './endpoints.ts';
