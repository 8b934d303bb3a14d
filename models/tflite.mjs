// Reads a TensorFlow Lite model, a FlatBuffer. The numbers of fields, types and operators are those of
// TensorFlow's schema.fbs; the layout of tables and vectors is that of FlatBuffers' "Internals".

import { readFileSync } from 'node:fs';
import { sizeOf } from './onnx.mjs';

const IDENTIFIER = 'TFL3';
const TENSOR_TYPES = { 0: 'float32', 2: 'int32', 3: 'uint8' };
const NUMBER_BYTES = { float32: 4, int32: 4, uint8: 1 };
const PADDINGS = ['SAME', 'VALID'];
const ACTIVATIONS = ['NONE', 'RELU'];

// BuiltinOperator, and how to read its options.
const OPERATORS = {
	1: { op: 'AVERAGE_POOL_2D', readOptions: readPool2DOptions },
	2: { op: 'CONCATENATION', readOptions: options => ({ axis: options.int(0) }) },
	3: { op: 'CONV_2D', readOptions: readConv2DOptions },
	17: { op: 'MAX_POOL_2D', readOptions: readPool2DOptions },
	22: { op: 'RESHAPE', readOptions: () => ({}) },
};

function readConv2DOptions(options) {
	return { ...readPlacement(options), activation: readActivation(options.byte(3)) };
}

function readPool2DOptions(options) {
	if (readActivation(options.byte(5)) !== 'NONE')
		throw new Error('a pool with an activation is not known');
	return { ...readPlacement(options), window: [options.int(4), options.int(3)] };
}

// The fields that both begin with; like sizes, strides are down and across.
function readPlacement(options) {
	return { padding: PADDINGS[options.byte(0)], strides: [options.int(2), options.int(1)] };
}

function readActivation(code) {
	if (!ACTIVATIONS[code])
		throw new Error(`the activation ${code} is not known`);
	return ACTIVATIONS[code];
}

// Return { operators, inputs, outputs }. An operator is { op, inputs, outputs, ...options }; inputs and
// outputs are tensors: { name, type, shape, scale, zeroPoint, data }. A number q of a quantized tensor
// stands for (q - zeroPoint) * scale. The data are a view of bytes, and missing if they are computed.
export function readModel(path) {
	const file = readFileSync(path);
	if (file.toString('latin1', 4, 8) !== IDENTIFIER)
		throw new Error('not a TensorFlow Lite model');
	try {
		return readRoot(new Table(file, file.readUInt32LE(0)));
	} catch (error) {
		if (error instanceof RangeError)
			throw new Error('a TensorFlow Lite model that is cut off or damaged');
		throw error;
	}
}

function readRoot(model) {
	const codes = model.tables(1).map(code => Math.max(code.byte(0), code.int(3)));
	const buffers = model.tables(4);
	const graphs = model.tables(2);
	if (graphs.length !== 1)
		throw new Error(`${graphs.length} graphs, not one`);
	const [graph] = graphs;
	const tensors = graph.tables(0).map(tensor => readTensor(tensor, buffers));
	const at = index => {
		if (!tensors[index])
			throw new RangeError(`no tensor ${index}`);
		return tensors[index];
	};
	return {
		inputs: graph.ints(1).map(at),
		outputs: graph.ints(2).map(at),
		operators: graph.tables(3).map(operator => ({
			...readOperator(codes[operator.int(0)], operator.table(4)),
			inputs: operator.ints(1).map(at),
			outputs: operator.ints(2).map(at),
		})),
	};
}

function readOperator(code, options) {
	const known = OPERATORS[code];
	if (!known)
		throw new Error(`the operator ${code} is not known`);
	return { op: known.op, ...known.readOptions(options) };
}

function readTensor(tensor, buffers) {
	const name = tensor.text(3);
	const type = TENSOR_TYPES[tensor.byte(1)];
	if (!type)
		throw new Error(`tensor '${name}': the type ${tensor.byte(1)} is not known`);
	const shape = tensor.ints(0);
	const data = buffers[tensor.int(2)]?.bytes(0);
	if (data?.length && data.length !== sizeOf(shape) * NUMBER_BYTES[type])
		throw new Error(`tensor '${name}': ${data.length} bytes for ${shape.join('x')}`);
	const quantization = tensor.table(4);
	const scales = quantization.floats(2);
	if (scales.length > 1)
		throw new Error(`tensor '${name}': a scale for each channel is not known`);
	return {
		name,
		type,
		shape,
		scale: scales[0],
		zeroPoint: quantization.longs(3)[0] ?? 0,
		data: data?.length ? data : undefined,
	};
}

// A table of a FlatBuffer, at an offset; or at none, which has no field. A field that is missing is 0,
// empty or a table without fields. Whatever leads out of the file is a RangeError.
class Table {
	#file;
	#offset;

	constructor(file, offset) {
		this.#file = file;
		this.#offset = offset;
	}

	// Where a field is, or 0.
	#field(number) {
		if (!this.#offset)
			return 0;
		const fields = this.#offset - this.#file.readInt32LE(this.#offset);
		const slot = 4 + 2 * number;
		const distance = slot < this.#file.readUInt16LE(fields) ? this.#file.readUInt16LE(fields + slot) : 0;
		return distance && this.#offset + distance;
	}

	// Where what a field points to is, or 0.
	#target(number) {
		const field = this.#field(number);
		return field && field + this.#file.readUInt32LE(field);
	}

	byte(number) {
		const field = this.#field(number);
		return field && this.#file.readInt8(field);
	}

	int(number) {
		const field = this.#field(number);
		return field && this.#file.readInt32LE(field);
	}

	table(number) {
		return new Table(this.#file, this.#target(number));
	}

	// A vector's elements, each read at its offset.
	#vector(number, size, read) {
		const vector = this.#target(number);
		const length = vector && this.#file.readUInt32LE(vector);
		if (vector + 4 + length * size > this.#file.length)
			throw new RangeError('a vector beyond the end');
		return Array.from({ length }, (_, i) => read(vector + 4 + i * size));
	}

	tables(number) {
		return this.#vector(number, 4, at => new Table(this.#file, at + this.#file.readUInt32LE(at)));
	}

	ints(number) {
		return this.#vector(number, 4, at => this.#file.readInt32LE(at));
	}

	longs(number) {
		return this.#vector(number, 8, at => Number(this.#file.readBigInt64LE(at)));
	}

	floats(number) {
		return this.#vector(number, 4, at => this.#file.readFloatLE(at));
	}

	bytes(number) {
		const vector = this.#target(number);
		const length = vector && this.#file.readUInt32LE(vector);
		if (vector + 4 + length > this.#file.length)
			throw new RangeError('bytes beyond the end');
		return this.#file.subarray(vector + 4, vector + 4 + length);
	}

	text(number) {
		return this.bytes(number).toString();
	}
}
