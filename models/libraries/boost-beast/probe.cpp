// Boost.Beast: HTTP/1.1 and WebSocket on Boost.Asio, plain and over TLS.
#include "agent.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/version.hpp>

namespace net = boost::asio;
using net_error = boost::system::error_code;

#include "asio_ends.hpp"

namespace {

using namespace probe;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using Error = net_error;
using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;
using Request = http::request<http::string_body>;

const std::string bearer_word = "Bearer ";

std::string_view bearer_of(const Request& request) {
    const auto value = request[http::field::authorization];
    std::string_view text(value.data(), value.size());
    return text.substr(std::min(bearer_word.size(), text.size()));
}

// One WebSocket at the server; its token came with the handshake.
template <class Stream>
class Talk : public std::enable_shared_from_this<Talk<Stream>> {
public:
    explicit Talk(Stream stream) : socket_(std::move(stream)) {}

    void start(const Request& request) {
        auto self = this->shared_from_this();
        socket_.async_accept(request, [self](Error error) { if (!error) self->read(); });
    }

private:
    void read() {
        auto self = this->shared_from_this();
        socket_.async_read(buffer_, [self](Error error, std::size_t) { if (!error) self->answer(); });
    }

    void answer() {
        const auto data = buffer_.cdata();
        answer_ = acknowledgement(count_events({static_cast<const char*>(data.data()), data.size()}));
        buffer_.clear();
        auto self = this->shared_from_this();
        socket_.async_write(net::buffer(answer_), [self](Error error, std::size_t) { if (!error) self->read(); });
    }

    websocket::stream<Stream> socket_;
    beast::flat_buffer buffer_;
    std::string answer_;
};

// One HTTP connection at the server.
template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
public:
    explicit Session(Stream stream) : stream_(std::move(stream)) {}

    void start() {
        if constexpr (std::is_same_v<Stream, Secure>) {
            auto self = this->shared_from_this();
            stream_.async_handshake(Secure::server, [self](Error error) { if (!error) self->read(); });
        } else {
            read();
        }
    }

private:
    void read() {
        request_ = {};
        auto self = this->shared_from_this();
        http::async_read(stream_, buffer_, request_, [self](Error error, std::size_t) {
            if (!error) self->answer();
        });
    }

    void answer() {
        check_token(bearer_of(request_));
        if (websocket::is_upgrade(request_))
            return std::make_shared<Talk<Stream>>(std::move(stream_))->start(request_);
        response_ = {http::status::ok, request_.version()};
        response_.set(http::field::content_type, "application/json");
        response_.keep_alive(request_.keep_alive());
        response_.body() = acknowledgement(count_events(request_.body()));
        response_.prepare_payload();
        auto self = this->shared_from_this();
        http::async_write(stream_, response_, [self](Error error, std::size_t) {
            if (!error && self->response_.keep_alive()) self->read();
        });
    }

    Stream stream_;
    beast::flat_buffer buffer_;
    Request request_;
    http::response<http::string_body> response_;
};

template <class Stream>
void close(Stream& stream) {
    Error ignored;
    if constexpr (std::is_same_v<Stream, Secure>) SSL_shutdown(stream.native_handle());
    beast::get_lowest_layer(stream).socket().close(ignored);
}

template <class Stream>
class Http : public Connection {
public:
    explicit Http(Stream stream) : stream_(std::move(stream)) {}
    ~Http() override { close(stream_); }

    std::string deliver(const std::string& bearer, const std::string& body) override {
        const Reply reply = post("/events", "application/x-ndjson", bearer_word + bearer, body);
        if (reply.status / 100 != 2)
            throw std::runtime_error("answered was " + std::to_string(reply.status) + " " + reply.body);
        return reply.body;
    }

    Reply post(const std::string& path, const std::string& type, const std::string& authorization,
        const std::string& body) {
        http::request<http::span_body<const char>> request{http::verb::post, path, 11};
        request.set(http::field::host, "localhost");
        if (!authorization.empty()) request.set(http::field::authorization, authorization);
        request.set(http::field::content_type, type);
        request.body() = {body.data(), body.size()};
        request.prepare_payload();
        http::write(stream_, request);
        http::response<http::string_body> response;
        http::read(stream_, buffer_, response);
        return {static_cast<int>(response.result_int()), std::move(response.body())};
    }

private:
    Stream stream_;
    beast::flat_buffer buffer_;
};

template <class Stream>
class Messages : public Connection {
public:
    explicit Messages(Stream stream) : socket_(std::move(stream)) {
        socket_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
            request.set(http::field::authorization, bearer_word + token());
        }));
        socket_.handshake("localhost", "/events");
        socket_.text(true);
    }
    ~Messages() override { close(socket_.next_layer()); }

    std::string deliver(const std::string&, const std::string& body) override {
        socket_.write(net::buffer(body));
        beast::flat_buffer buffer;
        socket_.read(buffer);
        return beast::buffers_to_string(buffer.cdata());
    }

private:
    websocket::stream<Stream> socket_;
};

template <class Stream>
std::unique_ptr<Connection> over(Stream stream, bool messages) {
    if (messages) return std::make_unique<Messages<Stream>>(std::move(stream));
    return std::make_unique<Http<Stream>>(std::move(stream));
}

void serve(const Options& options) { Server<Plain, Secure, Session>(options).run(); }

Open dial(const Options& options) {
    const auto ends = std::make_shared<Ends<Plain, Secure>>(options);
    return [ends](bool messages) {
        return ends->secure ? over(ends->shaken(), messages) : over(ends->connected(), messages);
    };
}

void agent(const Options& options) {
    Ends<Plain, Secure> ends(options);
    Http<Secure> http(ends.shaken());
    be_agent(options, [&](const auto&... parts) { return http.post(parts...); });
}

}  // namespace

int main(int count, char** words) {
    const std::string about = std::string("{\"versions\":{\"Boost\":\"" BOOST_LIB_VERSION "\",\"OpenSSL\":\"")
        + OpenSSL_version(OPENSSL_VERSION_STRING)
        + "\"},\"protocol\":\"http1\",\"stream_protocol\":\"websocket\",\"tls\":[\"none\",\"full\",\"resumed\"]}";
    return run(count, words, {about, serve, dial, agent});
}
