// The probe of Asio, standalone or from Boost: the includer says which by `net` and `net_error`.
#pragma once

#include "asio_ends.hpp"
#include "frames.hpp"

namespace probe {

using Plain = tcp::socket;
using Secure = net::ssl::stream<tcp::socket>;

template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
public:
    explicit Session(Stream stream) : stream_(std::move(stream)) {}

    void start() {
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

inline int run_asio(int count, char** words, const std::string& version) {
    const std::string about = "{\"versions\":{" + version + ",\"OpenSSL\":\"" + OpenSSL_version(OPENSSL_VERSION_STRING)
        + "\"},\"protocol\":\"tcp\",\"tls\":[\"none\",\"full\",\"resumed\"]}";
    const auto serve = [](const Options& options) { Server<Plain, Secure, Session>(options).run(); };
    const auto connect = [](const Options& options) -> Open {
        const auto ends = std::make_shared<Ends<Plain, Secure>>(options);
        return [ends](bool) -> std::unique_ptr<Connection> {
            if (ends->secure) return std::make_unique<Framed<Secure>>(ends->shaken());
            return std::make_unique<Framed<Plain>>(ends->connected());
        };
    };
    return run(count, words, {about, serve, connect});
}

}  // namespace probe
