// Reads a TensorFlow.js graph model: model.json, which holds a TensorFlow GraphDef as JSON and the list
// of weights, and beside it the shards, files that hold the weights. The format is that of
// tensorflowjs_converter and of tfjs-core's io/types.ts.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sizeOf } from './onnx.mjs';

// Return { nodes, weights }, maps by name: of { op, name, inputs, attributes }, and of { data, shape },
// where the data are floats unless they were int32.
export function readModel(path) {
	const model = parseJson(readFileSync(path, 'utf8'));
	if (!Array.isArray(model?.modelTopology?.node) || !Array.isArray(model.weightsManifest))
		throw new Error('not a TensorFlow.js graph model');
	const nodes = model.modelTopology.node.map(readNode);
	const weights = model.weightsManifest.flatMap(group => readGroup(dirname(path), group));
	return {
		nodes: new Map(nodes.map(node => [node.name, node])),
		weights: new Map(weights.map(weight => [weight.name, weight])),
	};
}

function parseJson(json) {
	try {
		return JSON.parse(json);
	} catch {
		throw new Error('not JSON, or not all of it');
	}
}

function readNode({ op, name, input = [], attr = {} }) {
	return {
		op,
		name,
		inputs: input.map(value => value.replace(/:0$/, '')), // a node's first output
		attributes: Object.fromEntries(Object.entries(attr).map(([key, value]) => [key, readAttribute(value)])),
	};
}

// An AttrValue: only text, numbers and lists of numbers; others are undefined. Text is base64, or from
// old converters an array of bytes.
function readAttribute({ s, i, f, list }) {
	if (s !== undefined)
		return Buffer.from(s, 'base64').toString();
	if (i !== undefined)
		return Number(i);
	return f ?? list?.i?.map(Number);
}

// A group's shards are one run of bytes, cut anywhere.
function readGroup(directory, { paths, weights }) {
	const shards = Buffer.concat(paths.map(path => readFileSync(join(directory, path))));
	let offset = 0;
	const read = weights.map(weight => {
		const numbers = sizeOf(weight.shape);
		const { size, decode } = storageOf(weight);
		const stored = shards.subarray(offset, offset + numbers * size);
		if (stored.length < numbers * size)
			throw new Error(`the shards end within the weights '${weight.name}'`);
		offset += stored.length;
		return { name: weight.name, shape: weight.shape, data: decode(stored, numbers) };
	});
	if (offset !== shards.length)
		throw new Error(`the shards hold ${shards.length} bytes, not ${offset}`);
	return read;
}

// How many bytes a stored number takes, and how to read number i.
const STORAGE = {
	float32: { size: 4, read: (bytes, i) => bytes.readFloatLE(4 * i) },
	int32: { size: 4, read: (bytes, i) => bytes.readInt32LE(4 * i) },
	uint16: { size: 2, read: (bytes, i) => bytes.readUInt16LE(2 * i) },
	uint8: { size: 1, read: (bytes, i) => bytes[i] },
};

// Return how many bytes each of a weight's numbers takes, and how to read them all. A quantized q stands
// for q * scale + min.
function storageOf({ name, dtype, quantization }) {
	const { dtype: stored, scale, min } = quantization ?? { dtype, scale: 1, min: 0 };
	const numbers = { float32: Float32Array, int32: Int32Array }[dtype];
	const storage = STORAGE[stored];
	if (!numbers || !storage)
		throw new Error(`weights '${name}': ${dtype} stored as ${stored} is not known`);
	const decode = (bytes, length) => numbers.from({ length }, (_, i) => storage.read(bytes, i) * scale + min);
	return { size: storage.size, decode };
}
