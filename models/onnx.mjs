// A graph of nodes, written as an ONNX file.
//
// A value, be it an input, a constant or what a node puts out, is known by its name, a string. The
// numbers of fields and types below are those of the ONNX IR specification, onnx/onnx.proto, and
// messages are encoded as Protocol Buffers' "Encoding" describes.

const IR_VERSION = 4;
const OPERATOR_SET = 9; // the last whose Clip has its limits as attributes, as OpenCV 4.6 needs them
const FLOAT_ATTRIBUTE = 1, INT_ATTRIBUTE = 2, INTS_ATTRIBUTE = 7;
const FLOAT_TENSOR = 1, INT64_TENSOR = 7;

// Mark an attribute's number as a float; a bare number is an int, an array is ints.
export function float(value) {
	return { float: value };
}

export class Graph {
	#name;
	#nodes = [];
	#constants = new Map();
	#inputs = [];
	#outputs = [];
	#names = new Map(); // values that are outputs, and what they are called there

	constructor(name) {
		this.#name = name;
	}

	// Declare an input of floats.
	input(name, shape) {
		this.#inputs.push({ name, shape });
		return name;
	}

	// Add a constant. Its data are a Float32Array or a BigInt64Array, and may change until encode().
	constant(name, { data, shape = [data.length] }) {
		if (data.length !== sizeOf(shape))
			throw new Error(`constant '${name}': ${data.length} numbers, not ${shape.join('x')}`);
		this.#constants.set(name, { name, data, shape });
		return name;
	}

	// Add a node with one output, which is called like the node.
	node(type, name, inputs, attributes = {}) {
		this.#nodes.push({ type, name, inputs, attributes });
		return name;
	}

	// Make a value an output of the graph, and call it so.
	output(name, value, shape) {
		this.#names.set(value, name);
		this.#outputs.push({ name, shape });
	}

	// Return the file's bytes.
	encode() {
		const nameOf = value => this.#names.get(value) ?? value;
		const graph = [
			...this.#nodes.map(node => bytes(1, nodeMessage(node, nameOf))),
			text(2, this.#name),
			...[...this.#constants.values()].map(constant => bytes(5, tensorMessage(constant))),
			...this.#inputs.map(input => bytes(11, valueMessage(input))),
			...this.#outputs.map(output => bytes(12, valueMessage(output))),
		];
		return Buffer.concat([
			integer(1, IR_VERSION),
			text(2, 'imgpl'),
			bytes(7, Buffer.concat(graph)),
			bytes(8, Buffer.concat([text(1, ''), integer(2, OPERATOR_SET)])),
		]);
	}
}

// The product of a shape's dimensions.
export function sizeOf(shape) {
	return shape.reduce((product, dimension) => product * dimension, 1);
}

function nodeMessage({ type, name, inputs, attributes }, nameOf) {
	return Buffer.concat([
		...inputs.map(input => text(1, nameOf(input))),
		text(2, nameOf(name)),
		text(3, name),
		text(4, type),
		...Object.entries(attributes).map(entry => bytes(5, attributeMessage(...entry))),
	]);
}

function attributeMessage(name, value) {
	if (Array.isArray(value))
		return Buffer.concat([text(1, name), ...value.map(item => integer(8, item)), integer(20, INTS_ATTRIBUTE)]);
	if (typeof value === 'number')
		return Buffer.concat([text(1, name), integer(3, value), integer(20, INT_ATTRIBUTE)]);
	return Buffer.concat([text(1, name), single(2, value.float), integer(20, FLOAT_ATTRIBUTE)]);
}

function tensorMessage({ name, data, shape }) {
	return Buffer.concat([
		...shape.map(dimension => integer(1, dimension)),
		integer(2, data instanceof Float32Array ? FLOAT_TENSOR : INT64_TENSOR),
		text(8, name),
		bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
	]);
}

function valueMessage({ name, shape }) {
	const dimensions = shape.map(dimension => bytes(1, integer(1, dimension)));
	const tensor = Buffer.concat([integer(1, FLOAT_TENSOR), bytes(2, Buffer.concat(dimensions))]);
	return Buffer.concat([text(1, name), bytes(2, bytes(1, tensor))]);
}

// Fields: a key of number and wire type, and what it stands before.

function integer(field, value) {
	return Buffer.concat([varint(field << 3), varint(value)]);
}

function single(field, value) {
	const number = Buffer.alloc(4);
	number.writeFloatLE(value);
	return Buffer.concat([varint((field << 3) | 5), number]);
}

function bytes(field, content) {
	return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

function text(field, string) {
	return bytes(field, Buffer.from(string));
}

function varint(value) { // of a whole number from 0 to 2^31 - 1
	const groups = [];
	while (value > 127) {
		groups.push((value & 127) | 128);
		value >>= 7;
	}
	groups.push(value);
	return Buffer.from(groups);
}
