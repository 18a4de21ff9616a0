import type { ListsAnswer } from '../nodes/lists.ts';
import { draftOf, readLists, type Translate } from './editor.ts';

const none = '_ADD_';

/**
 * The part of a node's form that says which server it calls. Reads the lists whenever that changes, and says how it went.
 *
 * @param onLists gets the lists of the server; empty ones when they cannot be had
 */
export function watchServer(t: Translate, onLists: (lists: ListsAnswer, isKnown: boolean) => void): void {
  let latest = 0;
  const read = async () => {
    const mine = ++latest;
    const { id, isAccount } = chosen();
    $('#arno-account').toggle(isAccount && accountsExist());
    if (id === undefined && !isAccount) return;
    say('fa-refresh fa-spin', t('lists.reading'));
    try {
      const lists = await readLists(id === undefined ? {} : draftOf(id));
      if (mine !== latest) return;
      say('fa-check', t('lists.read', { tasks: lists.tasks.length, models: lists.models.length }));
      onLists(lists, true);
    } catch (error) {
      if (mine !== latest) return;
      say('fa-warning', t('lists.failed', { reason: (error as Error).message }));
      onLists({ tasks: [], models: [] }, false);
    }
  };
  $('#node-input-server, #node-input-authentication').on('change', read);
  $('#arno-refresh').on('click', () => {
    read();
  });
  read();
}

/** Only flows of the lab's package have accounts; others need not hear of them. */
function accountsExist(): boolean {
  let found = false;
  RED.nodes.eachConfig((node) => {
    found ||= (node as { type?: string }).type === 'snap4city-authentication-clearml';
    return true;
  });
  return found;
}

/** An `arno-server` first; without one, the account of the lab's package or the login of its containers. */
function chosen(): { id: string | undefined; isAccount: boolean } {
  const [server, account] = ['server', 'authentication'].map((name) => {
    const value = $(`#node-input-${name}`).val();
    return typeof value === 'string' && value !== none && value !== '' ? value : undefined;
  });
  return { id: server ?? account, isAccount: server === undefined };
}

function say(icon: string, text: string): void {
  $('#arno-lists')
    .empty()
    .append($(`<i class="fa ${icon}">`), ' ', document.createTextNode(text));
}
