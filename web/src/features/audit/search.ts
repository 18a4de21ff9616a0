import { type AuditAction, type AuditSubject, auditActions, auditSubjects } from '@arno/protocol';
import { defined, oneOf, type RawSearch, text } from '../../app/search.ts';
import { type PeriodSearch, readPeriod } from '../../ui/period.ts';

/** The state of the audit list, as its address has it. */
export interface AuditSearch extends PeriodSearch {
  q?: string;
  /** Id of who did it. */
  user?: string;
  subject?: AuditSubject;
  /** Id of what it was done to. */
  id?: string;
  action?: AuditAction;
}

export function readAuditSearch(search: RawSearch): AuditSearch {
  return defined({
    ...readPeriod(search),
    q: text(search.q),
    user: text(search.user),
    subject: oneOf(auditSubjects, search.subject),
    id: text(search.id),
    action: oneOf(auditActions, search.action),
  });
}
