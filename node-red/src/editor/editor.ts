import type { EditorNodeInstance, EditorRED } from 'node-red';
import type { ListsAnswer } from '../nodes/lists.ts';

declare global {
  const RED: EditorRED;
}

/** A node of the editor with the properties of its type. */
export type EditorNode<Properties> = EditorNodeInstance<Properties & { name: string }> & Properties;

/** Translates a key of our catalogue. */
export type Translate = (key: string, values?: Record<string, string | number>) => string;
export const translator =
  (node: { _: (key: string, values: Record<string, string | number>) => string }): Translate =>
  (key, values) =>
    node._(key, values ?? {});

/** What the runtime needs to know of a configuration node to read its server's lists. */
export interface Draft {
  id?: string;
  type?: string;
  config?: Record<string, unknown>;
  credentials?: Record<string, string>;
}

/** Reads the lists of a server through the runtime, which has the secrets. Rejects with an Error for people. */
export async function readLists(draft: Draft): Promise<ListsAnswer> {
  return new Promise((resolve, reject) => {
    $.ajax({
      url: 'arno/lists',
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify(draft),
    })
      .done((lists: ListsAnswer) => resolve(lists))
      .fail(({ responseJSON, status, statusText }) => {
        reject(new Error(responseJSON?.error ?? `${status} ${statusText}`));
      });
  });
}

/** A configuration node as it is in the editor, deployed or not. */
export function draftOf(id: string): Draft {
  const node = RED.nodes.node(id) as unknown as Record<string, unknown> & {
    type: string;
    _def: { defaults: object };
    credentials?: Record<string, unknown>;
  };
  const names = Object.keys(node._def.defaults);
  return {
    id,
    type: node.type,
    config: Object.fromEntries(names.map((name) => [name, node[name]])),
    credentials: typedSecrets(node.credentials ?? {}),
  };
}

/** Without the editor's own notes on which are set. */
export function typedSecrets(credentials: Record<string, unknown>): Record<string, string> {
  const typed = Object.entries(credentials).filter(
    ([name, value]) => typeof value === 'string' && value !== '' && !name.startsWith('has_'),
  );
  return Object.fromEntries(typed) as Record<string, string>;
}
