// What a server and a client on Asio are made of, whatever is spoken; the includer says by `net` and `net_error` of
// which Asio. Plain is a stream made of a socket, Secure one made of a Plain and a TLS context.
#pragma once

#include "tls.hpp"

namespace probe {

using net::ip::tcp;

template <class Plain, class Secure, template <class> class Session>
class Server {
public:
    explicit Server(const Options& options)
        : secure_(options.secure()), acceptor_(io_, {net::ip::address_v4::loopback(), options.port()}) {
        if (secure_) prepare_server(context_.native_handle(), options);
    }

    void run() {
        accept();
        listening(acceptor_.local_endpoint().port());
        io_.run();
    }

private:
    void accept() {
        acceptor_.async_accept([this](net_error error, tcp::socket socket) {
            if (!error) start(std::move(socket));
            accept();
        });
    }

    void start(tcp::socket socket) {
        socket.set_option(tcp::no_delay(true));
        if (!secure_) return std::make_shared<Session<Plain>>(Plain(std::move(socket)))->start();
        std::make_shared<Session<Secure>>(Secure(Plain(std::move(socket)), context_))->start();
    }

    bool secure_;
    net::io_context io_{1};
    net::ssl::context context_{net::ssl::context::tls_server};
    tcp::acceptor acceptor_;
};

template <class Plain, class Secure>
struct Ends {
    explicit Ends(const Options& options)
        : secure(options.secure()), server(net::ip::address_v4::loopback(), options.port()) {
        if (secure) prepare_client(context.native_handle(), options);
    }

    Plain connected() {
        tcp::socket made(io);
        made.connect(server);
        made.set_option(tcp::no_delay(true));
        return Plain(std::move(made));
    }

    Secure shaken() {
        Secure stream(connected(), context);
        before_handshake(stream.native_handle());
        stream.handshake(Secure::client);
        after_handshake(stream.native_handle());
        return stream;
    }

    bool secure;
    tcp::endpoint server;
    net::io_context io{1};
    net::ssl::context context{net::ssl::context::tls_client};
};

}  // namespace probe
