import type { CallableModel } from '@arno/protocol';
import {
  type CallNodeProperties,
  callDefaults,
  callNodeLook,
  type OwnPart,
  prepareDialog,
  saveDialog,
} from './call-node.ts';
import { Choice } from './choice.ts';
import type { EditorNode, Translate } from './editor.ts';
import type { InputForm } from './input-form.ts';

interface OnDemandProperties extends CallNodeProperties {
  model: string;
  machine_id: string;
  endpoint: string;
  contentType: string;
}
type OnDemandNode = EditorNode<OnDemandProperties>;

/** The node that calls a model. */
export function registerOnDemand(): void {
  RED.nodes.registerType<OnDemandProperties>('clearml-serving-ondemand', {
    ...callNodeLook,
    icon: 'arno-ondemand.svg',
    defaults: {
      ...callDefaults,
      model: { value: '' },
      machine_id: { value: '' },
      endpoint: { value: '' },
      contentType: { value: '' },
    },
    label() {
      return this.name || this.model || this.endpoint || this._('clearml-serving-ondemand.label');
    },
    labelStyle() {
      return this.name ? 'node_label_italic' : '';
    },
    outputLabels() {
      return this._('output.answer');
    },
    oneditprepare() {
      const node = this as unknown as OnDemandNode;
      prepareDialog(node, (t, form) => ownPart(t, form));
    },
    oneditsave() {
      saveDialog(this as unknown as OnDemandNode);
    },
  });
}

function ownPart(t: Translate, form: InputForm): OwnPart {
  let models: CallableModel[] = [];
  let shown: CallableModel | undefined;
  const pair = () =>
    ['machine_id', 'endpoint'].map((name) => String($(`#node-input-${name}`).val() ?? '').trim());
  /** @param isNew it was chosen now, and not read from the node */
  const showModel = (alias: string, isNew: boolean) => {
    const [machine, endpoint] = pair();
    const model = models.find((each) =>
      alias ? each.alias === alias : each.machine_id === machine && each.endpoint === endpoint,
    );
    if (model === shown) return;
    shown = model;
    $('#arno-about')
      .text(model?.description ?? '')
      .toggle(Boolean(model?.description));
    if (isNew && model) form.begin(model);
    else form.show(model ?? {});
  };
  const isPair = () => !choice.value && pair().some((text) => text !== '');
  const choice = new Choice({
    select: '#arno-model',
    input: '#node-input-model',
    other: '#arno-model-other',
    isOtherValue: false,
    empty: t('model.none'),
    t,
    onChange: (alias) => showModel(alias, true),
  });
  choice.fill([], { isOther: isPair() });
  $('#node-input-machine_id, #node-input-endpoint').on('change', () => showModel(choice.value, true));
  return {
    onLists(lists) {
      models = lists.models;
      choice.fill(
        models.map(({ alias }) => ({ value: alias, label: alias })),
        { isOther: isPair() },
      );
      showModel(choice.value, false);
    },
  };
}
