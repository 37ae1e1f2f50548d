// Standalone Asio over TCP and TLS. It has no framing: shared/frames.hpp is ours.
#include <asio.hpp>
#include <asio/ssl.hpp>

namespace net = asio;
using net_error = asio::error_code;

#include "framed_asio.hpp"

int main(int count, char** words) {
    const auto part = [](int number) { return std::to_string(number); };
    const std::string version = part(ASIO_VERSION / 100000) + "." + part(ASIO_VERSION / 100 % 1000) + "." + part(ASIO_VERSION % 100);
    return probe::run_asio(count, words, "\"asio\":\"" + version + "\"");
}
