import type { InputConfig, TypedValue } from '../nodes/input.ts';
import type { ListsAnswer } from '../nodes/lists.ts';
import { type EditorNode, type Translate, translator } from './editor.ts';
import { InputForm } from './input-form.ts';
import { watchServer } from './server-choice.ts';

/** What both nodes keep in a flow file. Nodes of the lab's package have only some of it. */
export interface CallNodeProperties extends Required<InputConfig> {
  name: string;
  server: string;
  authentication: string;
  output: string;
}

/** The part of a form that is a node's own. */
export interface OwnPart {
  /** The server has these, or cannot be asked. */
  onLists(lists: ListsAnswer, isKnown: boolean): void;
}

export const callDefaults = {
  name: { value: '' },
  server: { value: '', type: 'arno-server', required: false },
  authentication: { value: '', type: 'snap4city-authentication-clearml', required: false },
  input: { value: '', validate: isInput },
  inputType: { value: 'json' },
  fields: { value: {} as Record<string, TypedValue> },
  output: { value: 'envelope' },
};

/** How both nodes look: as those of the lab's package. */
export const callNodeLook = {
  category: 'S4CClearml',
  color: '#7aa6e7',
  inputs: 1 as const,
  outputs: 1,
  paletteLabel(this: { type: string; _(key: string): string }) {
    return this._(`${this.type}.palette`);
  },
};

// One dialog is open at a time.
let form: InputForm | undefined;

/** Fills the dialog of a node when it opens. */
export function prepareDialog(
  node: EditorNode<CallNodeProperties>,
  own: (t: Translate, form: InputForm) => OwnPart,
): void {
  const t = translator(node);
  form = new InputForm(t, node);
  if (!node.output) $('#node-input-output').val('envelope');
  const { onLists } = own(t, form);
  watchServer(t, onLists);
}

/** What the dialog's fields do not say by themselves. */
export function saveDialog(node: EditorNode<CallNodeProperties>): void {
  if (form) node.fields = form.values();
  form = undefined;
}

/** JSON, where JSON is what the input is. */
function isInput(this: { inputType?: string }, text: string): boolean {
  const type = $('#node-input-inputType').val() ?? this.inputType ?? 'json';
  if ((type || 'json') !== 'json' || !text) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const isCount = (text: string | number | undefined): boolean =>
  text === undefined || text === '' || Number(text) >= 0;
