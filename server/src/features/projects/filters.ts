import { type RawBuilder, type SqlBool, sql } from 'kysely';

type Condition = RawBuilder<SqlBool>;
type Request = Record<string, unknown>;

/** A project's id and those of all projects below it, as a condition on a column that holds a project id. */
export function inProjectTree(columnName: string, ids: readonly string[]): Condition {
  return sql<SqlBool>`${sql.ref(columnName)} IN (
    SELECT id FROM projects WHERE id = ANY(${ids}::text[]) OR path && ${ids}::text[])`;
}

/**
 * Reads `project` and `include_subprojects` of a list of tasks or models: with subprojects, `project` is a condition on the
 * tree and no longer a filter on the field.
 */
export function projectFilter<Filter extends Request>(
  request: Filter,
): { filter: Filter; extra: Condition[] } {
  const { include_subprojects, project, ...rest } = request;
  const projects = [project ?? []].flat().map(String);
  if (!include_subprojects || projects.length === 0) return { filter: request, extra: [] };
  return { filter: rest as Filter, extra: [inProjectTree('project', projects)] };
}

/**
 * Reads `parent` and `shallow_search` of a list of projects: a shallow search stays among the direct children of the parents,
 * or at the top; any other goes through all that lies below them.
 */
export function treeFilter<Filter extends Request>(request: Filter): { filter: Filter; extra: Condition[] } {
  const { shallow_search, parent, ...rest } = request;
  const filter = rest as Filter;
  const parents = [parent ?? []].flat().map(String);
  if (parents.length > 0) {
    const below = shallow_search
      ? sql<SqlBool>`parent = ANY(${parents}::text[])`
      : sql<SqlBool>`path && ${parents}::text[]`;
    return { filter, extra: [below] };
  }
  return { filter, extra: shallow_search && rest.id === undefined ? [sql<SqlBool>`parent IS NULL`] : [] };
}
