/* The module that runs networks by OpenCV's dnn: runtime.h says what it does. */
#include "vision/runtime.h"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

namespace
{

struct Network {
	cv::dnn::Net net;
	std::vector<cv::Mat> outputs;
};

/* OpenCV's texts name its source files; what comes after is what it has to say. */
void tell(const std::exception &failure, char *why, size_t why_size)
{
	const auto *own = dynamic_cast<const cv::Exception *>(&failure);
	std::string text = own ? own->err : failure.what();

	for (char &c : text)
		if (c == '\n')
			c = ' ';
	std::snprintf(why, why_size, "%s", text.c_str());
}

void *open_network(const char *path, int threads, char *why, size_t why_size)
{
	try {
		auto network = std::make_unique<Network>();

		cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
		cv::setNumThreads(threads);
		network->net = cv::dnn::readNetFromONNX(path);
		network->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
		network->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
		return network.release();
	} catch (const std::exception &failure) {
		tell(failure, why, why_size);
		return nullptr;
	}
}

int has_output(void *state, const char *name)
{
	try {
		return static_cast<Network *>(state)->net.getLayerId(name) >= 0;
	} catch (const std::exception &) {
		return 0;
	}
}

int run_network(void *state, const float *input, const int shape[4], runtime_output *outputs,
	size_t output_count, char *why, size_t why_size)
{
	auto *network = static_cast<Network *>(state);

	try {
		const cv::Mat blob(4, shape, CV_32F, const_cast<float *>(input));
		std::vector<cv::String> names;

		for (size_t i = 0; i < output_count; i++)
			names.emplace_back(outputs[i].name);
		network->net.setInput(blob, "input");
		network->net.forward(network->outputs, names);
		for (size_t i = 0; i < output_count; i++) {
			cv::Mat &output = network->outputs.at(i);

			if (!output.isContinuous())
				output = output.clone();
			if (output.total() != outputs[i].count)
				throw std::length_error("it yields " +
					std::to_string(output.total()) + " values of '" +
					outputs[i].name + "', not " +
					std::to_string(outputs[i].count));
			outputs[i].values = output.ptr<float>();
		}
		return 0;
	} catch (const std::exception &failure) {
		tell(failure, why, why_size);
		return -1;
	}
}

void close_network(void *state)
{
	delete static_cast<Network *>(state);
}

} // namespace

const runtime imgpl_runtime = {
	RUNTIME_VERSION, open_network, has_output, run_network, close_network};
