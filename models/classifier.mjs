// Translates the classifier, an InceptionV3 with 8-bit weights, from TensorFlow Lite to ONNX.
// Activations, which TensorFlow Lite rounds to 8 bits, are floats.

import { Graph, sizeOf } from './onnx.mjs';
import { NHWC_TO_NCHW, placeWindows, transpose } from './tensor.mjs';

const SIZE = 299, CLASSES = 1001;

// Return the Graph of a model that tflite.mjs has read.
export function translate({ operators, inputs: [input], outputs: [output] }) {
	expectShape(input, [1, SIZE, SIZE, 3]);
	expectShape(output, [1, CLASSES]);
	const graph = new Graph('classifier');
	const values = new Map([[input, { name: graph.input('input', [1, 3, SIZE, SIZE]), shape: input.shape }]]);
	for (const operator of operators) {
		const [result] = operator.outputs;
		const value = TRANSLATORS[operator.op](graph, operator, tensor => values.get(tensor), operators);
		if (value.shape.join() !== result.shape.join())
			throw new Error(`tensor '${result.name}': ${result.shape.join('x')}, not ${value.shape.join('x')}`);
		values.set(result, value);
	}
	graph.output('logits', values.get(output).name, output.shape);
	return graph;
}

// Each adds an operator to the graph, and returns its result as { name, shape }, with TensorFlow's shape
// in spite of ONNX's order. valueOf tells the same of a tensor that an earlier one has made.
const TRANSLATORS = {
	AVERAGE_POOL_2D: translateAveragePool,
	CONCATENATION: translateConcatenation,
	CONV_2D: translateConvolution,
	MAX_POOL_2D: (graph, operator, valueOf) => pool(graph, 'MaxPool', operator, valueOf(operator.inputs[0])),
	RESHAPE: translateReshape,
};

function expectShape(tensor, shape) {
	if (tensor?.shape.join() !== shape.join())
		throw new Error(`tensor '${tensor?.name}': ${tensor?.shape.join('x')}, not ${shape.join('x')}`);
}

function translateConvolution(graph, { inputs, outputs: [output], ...options }, valueOf) {
	const [input, weights, bias] = inputs;
	const { name } = output;
	const [outputs, ...kernel] = weights.shape;
	const channels = kernel.pop();
	const picture = valueOf(input);
	if (picture.shape[3] !== channels || bias.shape[0] !== outputs)
		throw new Error(`tensor '${name}': weights of ${weights.shape.join('x')} for ${picture.shape.join('x')}`);
	const { height, width, pads } = placeWindows(options.padding, picture.shape, kernel, options.strides);
	let result = graph.node('Conv', `${name}/conv`, [
		picture.name,
		graph.constant(weights.name, transpose(dequantize(weights), NHWC_TO_NCHW)),
		graph.constant(bias.name, dequantize(bias)),
	], { kernel_shape: kernel, strides: options.strides, pads });
	if (picture.pooling)
		result = graph.node('AveragePool', `${name}/pool`, [result], picture.pooling);
	if (isRectified(options.activation, output))
		result = graph.node('Relu', name, [result]);
	return { name: result, shape: [1, height, width, outputs] };
}

// A range of 8 bits that begins at 0 does what a ReLU does, and TensorFlow Lite's converter leaves out
// the ReLU then.
function isRectified(activation, { zeroPoint }) {
	return activation === 'RELU' || zeroPoint === 0;
}

function translateAveragePool(graph, operator, valueOf, operators) {
	const picture = valueOf(operator.inputs[0]);
	if (!isPooledLate(operator, operators))
		return pool(graph, 'AveragePool', operator, picture);
	return { ...picture, pooling: poolingOf(operator, picture.shape).attributes };
}

// An average over neighbours before a 1x1 convolution comes to the same as one after it, before the
// ReLU, and that is cheaper by as much as the convolution leaves fewer channels.
function isPooledLate({ outputs: [output], strides }, operators) {
	const users = operators.filter(operator => operator.inputs.includes(output));
	const [, height, width] = users[0]?.inputs[1]?.shape ?? [];
	return users.length === 1 && users[0].op === 'CONV_2D' && height === 1 && width === 1 &&
		[...strides, ...users[0].strides].every(stride => stride === 1);
}

function pool(graph, type, operator, picture) {
	const { attributes, shape } = poolingOf(operator, picture.shape);
	return { name: graph.node(type, operator.outputs[0].name, [picture.name], attributes), shape };
}

// ONNX leaves padding out of an average unless told otherwise, as TensorFlow does.
function poolingOf({ padding, window, strides }, shape) {
	const { height, width, pads } = placeWindows(padding, shape, window, strides);
	return { attributes: { kernel_shape: window, strides, pads }, shape: [1, height, width, shape[3]] };
}

function translateConcatenation(graph, { inputs, outputs: [output], axis }, valueOf) {
	const values = inputs.map(valueOf);
	const shape = [...values[0].shape];
	shape[axis] = values.reduce((sum, value) => sum + value.shape[axis], 0);
	const attributes = { axis: NHWC_TO_NCHW.indexOf(axis) };
	return { name: graph.node('Concat', output.name, values.map(value => value.name), attributes), shape };
}

// Only of a picture of one pixel, where the order of dimensions makes no difference.
function translateReshape(graph, { inputs: [input], outputs: [output] }, valueOf) {
	const picture = valueOf(input);
	const channels = picture.shape.at(-1);
	expectShape(input, [1, 1, 1, channels]);
	const sizes = graph.constant(`${output.name}/sizes`, { data: BigInt64Array.of(1n, BigInt(channels)) });
	return { name: graph.node('Reshape', output.name, [picture.name, sizes]), shape: [1, channels] };
}

// A quantized constant's numbers, as floats.
function dequantize({ name, type, data, shape, scale, zeroPoint }) {
	const readers = { uint8: i => data[i], int32: i => data.readInt32LE(4 * i) };
	if (!data || !readers[type] || !scale)
		throw new Error(`tensor '${name}': no quantized constant`);
	const value = i => (readers[type](i) - zeroPoint) * scale;
	return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i)) };
}
