import './no-telemetry.ts';
import { dirname, sep } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '../errors.ts';
import type { Engine, LoadModel, Prediction } from './engine.ts';

/**
 * One thread and no memory arena a model: many small models share a machine, and an arena never gives back its largest moment.
 * The binding computes on the calling thread, so predictions of all endpoints take turns.
 */
const sessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: false,
  logSeverityLevel: 3,
};

/** Loads a classifier with one float32 input, an int64 output (the label) and at most one float32 output (probabilities). */
export const loadOnnx: LoadModel = async (file, description) => {
  const session = await InferenceSession.create(file, sessionOptions).catch((error) => {
    throw new Error(messageOf(error).replaceAll(dirname(file) + sep, ''));
  });
  try {
    const { width, height, channels } = description.input;
    const model = signature(session, width * height * channels);
    const engine: Engine = {
      predict: (values) => predict(session, model, values),
      close: () => session.release(),
    };
    await engine.predict(new Float32Array(width * height * channels));
    return engine;
  } catch (error) {
    await session.release();
    throw error;
  }
};

interface Signature {
  input: string;
  shape: number[];
  label: string;
  probabilities: string | undefined;
}

type TensorMetadata = Extract<InferenceSession.ValueMetadata, { isTensor: true }>;

function signature(session: InferenceSession, values: number): Signature {
  const inputs = session.inputMetadata.filter((one) => one.isTensor);
  const outputs = session.outputMetadata.filter((one) => one.isTensor);
  const [input] = inputs;
  if (!input || session.inputNames.length !== 1 || input.type !== 'float32') {
    throw new Error(`the model must have one input of type float32; it has ${list(inputs)}`);
  }
  // A named dimension is the batch (or free), and one image is sent at a time.
  const shape = input.shape.map((size) => (typeof size === 'number' ? size : 1));
  const expected = shape.reduce((product, size) => product * size, 1);
  if (expected !== values) {
    throw new Error(
      `the model takes ${expected} values (${list([input])}); endpoint.json's input has ${values}`,
    );
  }
  const label = outputs.find((one) => one.type === 'int64');
  if (!label)
    throw new Error(`the model must have an output of type int64, the label; it has ${list(outputs)}`);
  const probabilities = outputs.find((one) => one.type === 'float32');
  return { input: input.name, shape, label: label.name, probabilities: probabilities?.name };
}

function list(values: TensorMetadata[]): string {
  return values.map((one) => `${one.name}: ${one.type}[${one.shape.join(', ')}]`).join('; ') || 'none';
}

async function predict(
  session: InferenceSession,
  model: Signature,
  values: Float32Array,
): Promise<Prediction> {
  const fetches = model.probabilities ? [model.label, model.probabilities] : [model.label];
  const outputs = await session.run({ [model.input]: new Tensor('float32', values, model.shape) }, fetches);
  const label = Number(outputs[model.label]?.data[0]);
  if (!Number.isSafeInteger(label)) throw new Error(`the model's output ${model.label} is empty`);
  const probabilities = model.probabilities && outputs[model.probabilities];
  return probabilities ? { label, probabilities: Array.from(probabilities.data as Float32Array) } : { label };
}
