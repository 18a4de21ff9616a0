import type { AuditEntry } from '@arno/protocol';

/** A page of this console. */
export interface SubjectLink {
  path: string;
  search?: Record<string, string>;
}

/** The page of what an entry is about; undefined where there is none, or not any more. */
export function subjectLink(entry: AuditEntry): SubjectLink | undefined {
  const { subject, subject_id: id, subject_name: name, action } = entry;
  const at = (path: string) => ({ path: `${path}/${encodeURIComponent(id)}` });
  const isGone = action === 'delete';
  switch (subject) {
    case 'task_mapping':
    case 'callback_secret':
      return isGone ? undefined : at('/tasks-mappings');
    case 'endpoint_mapping':
      return isGone ? undefined : at('/endpoints-mappings');
    case 'machine_mapping':
      return isGone ? undefined : at('/machines-mappings');
    case 'user':
      return isGone ? undefined : at('/users');
    case 'credentials':
    case 'session':
      return ofPerson(entry);
    case 'project_shares':
      return { path: '/access', search: { tab: 'sharing', q: name } };
    case 'queue':
      return isGone ? undefined : { path: '/queues' };
    case 'worker':
      return at('/workers');
    case 'setting':
      return settingPage(id);
    default:
      return undefined;
  }
}

/** The settings that the Access page edits. */
const accessTabs: Record<string, string> = { allowed_networks: 'networks', oidc_roles: 'sso' };

function settingPage(key: string): SubjectLink {
  const tab = accessTabs[key];
  return tab === undefined ? { path: '/settings' } : { path: '/access', search: { tab } };
}

function ofPerson({ before, after }: AuditEntry): SubjectLink | undefined {
  const id = after?.user_id ?? before?.user_id;
  return typeof id === 'string' ? { path: `/users/${encodeURIComponent(id)}` } : undefined;
}
