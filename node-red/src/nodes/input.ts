import { promisify } from 'node:util';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { CallError, textOf } from '../http/call-error.ts';

/** One value as a typed input of the editor keeps it. */
export interface TypedValue {
  type: string;
  value: string;
}

/** Where a node takes the input of its calls from. */
export interface InputConfig {
  /** JSON, or what `inputType` makes of it. */
  input?: string;
  /** A type of the editor's typed input, or `form`; the lab's nodes have none, and their input is JSON. */
  inputType?: string;
  /** Of `form`: the fields that are filled in. */
  fields?: Record<string, TypedValue>;
}

type Fields = Record<string, unknown>;

/** What a message says beside the node's settings: the fields of `msg.payload`, when it is an object. */
export function fieldsOf({ payload }: NodeMessageInFlow): Fields {
  const isObject = typeof payload === 'object' && payload !== null && !Buffer.isBuffer(payload);
  return isObject && !Array.isArray(payload) ? (payload as Fields) : {};
}

/** A text of the message, else of the node. */
export function textField(fields: Fields, name: string, otherwise = ''): string {
  const value = fields[name];
  return (value === undefined || value === null || value === '' ? otherwise : String(value)).trim();
}

/**
 * The input of a call: `msg.payload.input`, else as the node says. JSON text becomes what it says.
 *
 * @throws CallError that says what is wrong with it
 */
export async function inputOf(
  RED: NodeAPI,
  node: Node,
  { input = '', inputType = 'json', fields = {} }: InputConfig,
  msg: NodeMessageInFlow,
): Promise<unknown> {
  const given = fieldsOf(msg).input;
  if (given !== undefined && given !== null && given !== '') return parsed(given);
  const evaluate = (typed: TypedValue) => evaluated(RED, node, typed, msg);
  if (inputType === 'form') {
    const entries = Object.entries(fields).map(async ([name, typed]) => [name, await evaluate(typed)]);
    return Object.fromEntries(await Promise.all(entries));
  }
  return parsed(inputType === 'json' ? input : await evaluate({ type: inputType, value: input }));
}

async function evaluated(
  { util }: NodeAPI,
  node: Node,
  { type, value }: TypedValue,
  msg: NodeMessageInFlow,
): Promise<unknown> {
  try {
    if (type === 'jsonata') {
      const expression = util.prepareJSONataExpression(value, node);
      return await promisify(util.evaluateJSONataExpression)(expression, msg);
    }
    return await promisify<unknown>((done) => util.evaluateNodeProperty(value, type, node, msg, done))();
  } catch (error) {
    throw new CallError(`the input ${type}.${value} cannot be had: ${textOf(error)}`);
  }
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? {};
  if (value.trim() === '') return {};
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new CallError(`the input is no JSON: ${textOf(error)}`);
  }
}
