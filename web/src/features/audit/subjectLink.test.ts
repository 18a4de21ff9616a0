import type { AuditEntry } from '@arno/protocol';
import { expect, test } from 'vitest';
import { subjectLink } from './subjectLink.ts';

const entry = (about: Partial<AuditEntry>): AuditEntry => ({
  ...{ id: 1, at: '', user: { name: 'Ada' }, action: 'update', subject: 'user' },
  ...{ subject_id: 'x/1', subject_name: 'Lab' },
  ...about,
});

test.each([
  [{ subject: 'user' }, '/users/x%2F1'],
  [{ subject: 'user', action: 'delete' }, undefined],
  [{ subject: 'endpoint_mapping' }, '/endpoints-mappings/x%2F1'],
  [{ subject: 'credentials', before: { user_id: 'u1' } }, '/users/u1'],
  [{ subject: 'session' }, undefined],
  [{ subject: 'setting', subject_id: 'oidc_roles' }, '/access'],
  [{ subject: 'setting', subject_id: 'call_retention' }, '/settings'],
  [{ subject: 'calls' }, undefined],
] as const)('%j', (about, path) => {
  expect(subjectLink(entry(about))?.path).toBe(path);
});

test('a project is found by its name', () => {
  expect(subjectLink(entry({ subject: 'project_shares' }))?.search).toEqual({ tab: 'sharing', q: 'Lab' });
});
