// udp: a datagram arrives. unix_sockets PATH: bytes go there and come back.
#include "check.hpp"

#ifdef ASIO_STANDALONE
#include <asio.hpp>
namespace net = asio;
#else
#include <boost/asio.hpp>
namespace net = boost::asio;
#endif

int main(int, char** words) {
    const std::string cell = words[1];
    net::io_context io;
    char got[4] = {};
    if (cell == "udp") {
        using net::ip::udp;
        udp::socket one(io, {net::ip::address_v4::loopback(), 0}), other(io, {net::ip::address_v4::loopback(), 0});
        one.send_to(net::buffer("ping", 4), other.local_endpoint());
        udp::endpoint from;
        other.receive_from(net::buffer(got), from);
        check(from == one.local_endpoint(), "a datagram of another");
    } else {
        using net::local::stream_protocol;
        const stream_protocol::endpoint where(words[2]);
        stream_protocol::acceptor acceptor(io, where);
        stream_protocol::socket client(io);
        client.connect(where);
        auto server = acceptor.accept();
        net::write(client, net::buffer("ping", 4));
        net::read(server, net::buffer(got));
        net::write(server, net::buffer(got));
        net::read(client, net::buffer(got));
    }
    check(std::string(got, 4) == "ping", "other bytes");
}
