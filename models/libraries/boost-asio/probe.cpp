// Boost.Asio over TCP and TLS: the same program as standalone Asio's.
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/version.hpp>

namespace net = boost::asio;
using net_error = boost::system::error_code;

#include "framed_asio.hpp"

int main(int count, char** words) { return probe::run_asio(count, words, "\"Boost\":\"" BOOST_LIB_VERSION "\""); }
