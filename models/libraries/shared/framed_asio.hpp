// The probe of Asio, standalone or from Boost: the includer says which by `net` and `net_error`.
#pragma once

#include "frames.hpp"
#include "tls.hpp"

#include <optional>

namespace probe {

using net::ip::tcp;
using Secure = net::ssl::stream<tcp::socket>;

template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
public:
    explicit Session(Stream stream) : stream_(std::move(stream)) {}

    void start() {
        stream_.lowest_layer().set_option(tcp::no_delay(true));
        if constexpr (std::is_same_v<Stream, Secure>) {
            auto self = this->shared_from_this();
            stream_.async_handshake(Secure::server, [self](net_error error) { if (!error) self->read(); });
        } else {
            read();
        }
    }

private:
    void read() {
        auto self = this->shared_from_this();
        net::async_read(stream_, net::buffer(header_), [self](net_error error, std::size_t) {
            if (!error) self->read_body();
        });
    }

    void read_body() {
        body_.resize(length_in(header_.data()));
        auto self = this->shared_from_this();
        net::async_read(stream_, net::buffer(body_), [self](net_error error, std::size_t) {
            if (!error) self->answer();
        });
    }

    void answer() {
        answer_ = answer_to(body_);
        auto self = this->shared_from_this();
        net::async_write(stream_, net::buffer(answer_), [self](net_error error, std::size_t) {
            if (!error) self->read();
        });
    }

    Stream stream_;
    Header header_{};
    std::string body_, answer_;
};

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
            if (error) return accept();
            if (secure_) std::make_shared<Session<Secure>>(Secure(std::move(socket), context_))->start();
            else std::make_shared<Session<tcp::socket>>(std::move(socket))->start();
            accept();
        });
    }

    bool secure_;
    net::io_context io_{1};
    net::ssl::context context_{net::ssl::context::tls_server};
    tcp::acceptor acceptor_;
};

template <class Stream>
class Framed : public Connection {
public:
    explicit Framed(Stream stream) : stream_(std::move(stream)) {}

    ~Framed() override {
        net_error ignored;
        if constexpr (std::is_same_v<Stream, Secure>) SSL_shutdown(stream_.native_handle());
        stream_.lowest_layer().close(ignored);
    }

    std::string deliver(const std::string& token, const std::string& body) override {
        const Header header = header_of(token.size() + 1 + body.size());
        const std::array<net::const_buffer, 4> parts{
            net::buffer(header), net::buffer(token), net::buffer("\n", 1), net::buffer(body)};
        net::write(stream_, parts);
        Header length{};
        net::read(stream_, net::buffer(length));
        std::string answer(length_in(length.data()), '\0');
        net::read(stream_, net::buffer(answer));
        return answer;
    }

private:
    Stream stream_;
};

struct Ends {
    explicit Ends(const Options& options)
        : secure(options.secure()), server(net::ip::address_v4::loopback(), options.port()) {
        if (secure) prepare_client(context.native_handle(), options);
    }

    tcp::socket socket() {
        tcp::socket made(io);
        made.connect(server);
        made.set_option(tcp::no_delay(true));
        return made;
    }

    std::unique_ptr<Connection> open() {
        if (!secure) return std::make_unique<Framed<tcp::socket>>(socket());
        Secure stream(socket(), context);
        before_handshake(stream.native_handle());
        stream.handshake(Secure::client);
        after_handshake(stream.native_handle());
        return std::make_unique<Framed<Secure>>(std::move(stream));
    }

    bool secure;
    tcp::endpoint server;
    net::io_context io{1};
    net::ssl::context context{net::ssl::context::tls_client};
};

inline int run_asio(int count, char** words, const std::string& version) {
    const std::string about = "{\"versions\":{" + version + ",\"OpenSSL\":\"" + OpenSSL_version(OPENSSL_VERSION_STRING)
        + "\"},\"protocol\":\"tcp\",\"tls\":[\"none\",\"full\",\"resumed\"]}";
    const auto serve = [](const Options& options) { Server(options).run(); };
    const auto connect = [](const Options& options) -> Open {
        const auto ends = std::make_shared<Ends>(options);
        return [ends](bool) { return ends->open(); };
    };
    return run(count, words, {about, serve, connect});
}

}  // namespace probe
