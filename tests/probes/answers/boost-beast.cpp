// tcp: bytes by a tcp_stream. unix_sockets PATH: an HTTP request and its response over one.
#include "check.hpp"

#include <boost/asio.hpp>
#include <boost/beast.hpp>

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

template <class Protocol>
void talk(const typename Protocol::endpoint& where, bool raw) {
    net::io_context io;
    typename Protocol::acceptor acceptor(io, where);
    beast::basic_stream<Protocol> client(io);
    client.connect(acceptor.local_endpoint());
    beast::basic_stream<Protocol> server(acceptor.accept());
    if (raw) {
        char got[4] = {};
        net::write(client, net::buffer("ping", 4));
        net::read(server, net::buffer(got));
        return check(std::string(got, 4) == "ping", "other bytes");
    }
    http::request<http::string_body> asked{http::verb::post, "/", 11, "ping"};
    asked.prepare_payload();
    http::write(client, asked);
    beast::flat_buffer buffer, rest;
    http::request<http::string_body> seen;
    http::read(server, buffer, seen);
    http::response<http::string_body> answer{http::status::ok, 11, seen.body() + " pong"};
    answer.prepare_payload();
    http::write(server, answer);
    http::response<http::string_body> got;
    http::read(client, rest, got);
    check(got.body() == "ping pong", "another answer");
}

int main(int, char** words) {
    if (std::string(words[1]) == "tcp") talk<net::ip::tcp>({net::ip::address_v4::loopback(), 0}, true);
    else talk<net::local::stream_protocol>({words[2]}, false);
}
