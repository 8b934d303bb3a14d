// Translates the detector, SSDLite MobileNetV2 as TensorFlow's Object Detection API exports it, from a
// TensorFlow.js graph model to ONNX. Only the network itself is: the resizing before it and the choice
// of boxes after it are left out.

import { Graph, float, sizeOf } from './onnx.mjs';
import { NCHW_TO_NHWC, placeWindows, transpose } from './tensor.mjs';

const INPUT = 'Preprocessor/sub';
const SIZE = 300, BOXES = 1917, CLASSES = 91;
const OUTPUTS = [
	{ name: 'boxes', node: 'concat', shape: [1, BOXES, 4] },
	{ name: 'scores', node: 'Postprocessor/convert_scores', shape: [1, BOXES, CLASSES] },
];

// Return the Graph of a model that tfjs.mjs has read.
export function translate(model) {
	const translation = new Translation(model);
	for (const { name, node, shape } of OUTPUTS)
		translation.output(name, node, shape);
	return translation.graph;
}

const TRANSLATORS = {
	Add: (translation, node) => translation.add(node),
	AddN: (translation, node) => translation.add(node),
	BiasAdd: (translation, node) => translation.add(node),
	ConcatV2: (translation, node) => translation.concatenate(node),
	Conv2D: (translation, node) => translation.convolve(node, fullKernel),
	DepthwiseConv2dNative: (translation, node) => translation.convolve(node, depthwiseKernel),
	FusedBatchNorm: (translation, node) => translation.normalize(node),
	Mul: (translation, node) => translation.multiply(node),
	Relu6: (translation, node) => translation.apply(node, 'Clip', { min: float(0), max: float(6) }),
	Reshape: (translation, node) => translation.reshape(node),
	Sigmoid: (translation, node) => translation.apply(node, 'Sigmoid'),
};

// A value here is { name, shape, isPicture, weights, bias }. The shape is TensorFlow's; the data of a
// picture are NCHW in spite of that, all others as TensorFlow has them. The weights and the bias are
// those of the convolution that it comes from, as long as they can still be changed instead of it:
// normalizations and sums with constants come to nothing that way.
class Translation {
	graph = new Graph('detector');
	#model;
	#uses = new Map();
	#values = new Map();

	constructor(model) {
		this.#model = model;
		for (const node of model.nodes.values())
			for (const input of node.inputs)
				this.#uses.set(input, (this.#uses.get(input) ?? 0) + 1);
		this.graph.input('input', [1, 3, SIZE, SIZE]);
		this.#values.set(INPUT, { name: 'input', shape: [1, SIZE, SIZE, 3], isPicture: true });
	}

	output(name, node, shape) {
		const value = this.#value(node);
		this.graph.output(name, this.#reshaped(value, `${name}/shape`, shape), shape);
	}

	// What a node puts out, translated when it is first asked for.
	#value(name) {
		if (!this.#values.has(name))
			this.#values.set(name, this.#translate(name));
		return this.#values.get(name);
	}

	#translate(name) {
		const node = this.#model.nodes.get(name);
		if (!node)
			throw new Error(`there is no node '${name}'`);
		const translator = TRANSLATORS[node.op];
		if (!translator)
			throw new Error(`node '${name}': the operator ${node.op} is not known`);
		return translator(this, node);
	}

	#constant(name) {
		const weight = this.#model.weights.get(name);
		if (!weight)
			throw new Error(`there are no weights '${name}'`);
		return weight;
	}

	#isConstant(name) {
		return this.#model.weights.has(name);
	}

	// A value that may be changed through its weights and bias, as nobody else needs it.
	#changeable(name) {
		const value = this.#value(name);
		return this.#uses.get(name) === 1 ? value : { ...value, weights: undefined, bias: undefined };
	}

	apply({ name, inputs }, type, attributes) {
		const { name: from, shape, isPicture } = this.#value(inputs[0]);
		return { name: this.graph.node(type, name, [from], attributes), shape, isPicture };
	}

	convolve({ name, inputs, attributes }, arrange) {
		const picture = this.#value(inputs[0]);
		const { data: weights, shape, group } = arrange(this.#constant(inputs[1]));
		const [outputs, channels, ...kernel] = shape;
		if (!picture.isPicture || picture.shape[3] !== channels * group)
			throw new Error(`node '${name}': weights for ${channels * group} channels, not ${picture.shape.at(-1)}`);
		if (attributes.dilations?.some(dilation => dilation !== 1))
			throw new Error(`node '${name}': dilations are not known`);
		const strides = attributes.strides.slice(1, 3);
		const { height, width, pads } = placeWindows(attributes.padding, picture.shape, kernel, strides);
		const bias = new Float32Array(outputs);
		this.graph.node('Conv', name, [
			picture.name,
			this.graph.constant(`${name}/weights`, { data: weights, shape }),
			this.graph.constant(`${name}/bias`, { data: bias }),
		], { kernel_shape: kernel, strides, pads, group });
		return { name, shape: [1, height, width, outputs], isPicture: true, weights, bias };
	}

	normalize({ name, inputs, attributes }) {
		const value = this.#changeable(inputs[0]);
		const [gamma, beta, mean, variance] = inputs.slice(1).map(input => this.#constant(input).data);
		const factors = gamma.map((factor, i) => factor / Math.sqrt(variance[i] + attributes.epsilon));
		scale(name, value, factors);
		shift(name, value, beta.map((offset, i) => offset - mean[i] * factors[i]));
		return value;
	}

	multiply({ name, inputs: [input, factors] }) {
		const value = this.#changeable(input);
		scale(name, value, this.#constant(factors).data);
		return value;
	}

	// A sum with a constant, or of two values.
	add({ name, inputs }) {
		if (inputs.length !== 2)
			throw new Error(`node '${name}': a sum of ${inputs.length}`);
		const constant = inputs.find(input => this.#isConstant(input));
		if (constant) {
			const value = this.#changeable(inputs.find(input => input !== constant));
			shift(name, value, this.#constant(constant).data);
			return value;
		}
		const [a, b] = inputs.map(input => this.#changeable(input));
		if (a.shape.join() !== b.shape.join())
			throw new Error(`node '${name}': a sum of ${a.shape.join('x')} and ${b.shape.join('x')}`);
		this.graph.node('Add', name, [a.name, b.name]);
		return { name, shape: a.shape, isPicture: a.isPicture, bias: a.bias ?? b.bias };
	}

	concatenate({ name, inputs }) {
		const axis = this.#constant(inputs.at(-1)).data[0];
		const values = inputs.slice(0, -1).map(input => this.#value(input));
		if (values.some(value => value.isPicture))
			throw new Error(`node '${name}': pictures joined`);
		const shape = [...values[0].shape];
		shape[axis] = values.reduce((sum, value) => sum + value.shape[axis], 0);
		return { name: this.graph.node('Concat', name, values.map(value => value.name), { axis }), shape };
	}

	reshape({ name, inputs }) {
		const value = this.#value(inputs[0]);
		const shape = this.#shape(inputs[1]);
		const known = sizeOf(shape.filter(size => size > 0));
		const full = shape.map(size => (size > 0 ? size : sizeOf(value.shape) / known));
		return { name: this.#reshaped(value, name, full), shape: full };
	}

	// A shape that the graph puts together: of constants, and of how many pictures there are, which is one.
	#shape(name) {
		if (this.#isConstant(name))
			return [...this.#constant(name).data];
		const node = this.#model.nodes.get(name);
		if (node?.op !== 'Pack')
			throw new Error(`node '${name}': ${node?.op} for a shape is not known`);
		return node.inputs.map(input => (this.#isConstant(input) ? this.#constant(input).data[0] : 1));
	}

	#reshaped(value, name, shape) {
		if (sizeOf(value.shape) !== sizeOf(shape))
			throw new Error(`'${name}': ${value.shape.join('x')} can't be ${shape.join('x')}`);
		const plain = value.isPicture
			? this.graph.node('Transpose', `${name}/nhwc`, [value.name], { perm: NCHW_TO_NHWC })
			: value.name;
		if (!value.isPicture && value.shape.join() === shape.join())
			return plain;
		const sizes = this.graph.constant(`${name}/sizes`, { data: BigInt64Array.from(shape, BigInt) });
		return this.graph.node('Reshape', name, [plain, sizes]);
	}
}

// From height, width, in, out.
function fullKernel(weights) {
	return { ...transpose(weights, [3, 2, 0, 1]), group: 1 };
}

// From height, width, in, and how many outputs each of these has.
function depthwiseKernel(weights) {
	const [height, width, channels, each] = weights.shape;
	const { data } = transpose(weights, [2, 3, 0, 1]);
	return { data, shape: [channels * each, 1, height, width], group: channels };
}

// Multiply each channel of a convolution's result by a number.
function scale(name, { weights, bias }, factors) {
	if (!weights || factors.length !== bias.length)
		throw new Error(`node '${name}': multiplies what is not a convolution`);
	const each = weights.length / bias.length;
	for (let i = 0; i < weights.length; i++)
		weights[i] *= factors[Math.floor(i / each)];
	for (let i = 0; i < bias.length; i++)
		bias[i] *= factors[i];
}

// Add a number to each channel of a convolution's result, or of a sum with one.
function shift(name, { bias }, offsets) {
	if (!bias || offsets.length !== bias.length)
		throw new Error(`node '${name}': adds to what is not a convolution`);
	for (let i = 0; i < bias.length; i++)
		bias[i] += offsets[i];
}
