// The baseline: plain sockets and OpenSSL, no library between. One thread and epoll at the server. A stream of
// messages is the same to it as requests on a kept connection; it is there to be measured in turns with streams.
#include "frames.hpp"
#include "tls.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace {

using namespace probe;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

sockaddr_in local(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

const sockaddr* plain(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

void no_delay(int fd) {
    const int on = 1;
    need(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
}

// A socket, with TLS on it where `context` is given.
class Line {
public:
    Line(int fd, SSL_CTX* context) : fd_(fd), ssl_(context ? SSL_new(context) : nullptr) {
        if (ssl_) SSL_set_fd(ssl_, fd);
    }
    Line(const Line&) = delete;
    ~Line() {
        if (ssl_) {
            SSL_shutdown(ssl_);
            SSL_free(ssl_);
        }
        ::close(fd_);
    }

    SSL* ssl() { return ssl_; }

    // Bytes read; 0 when the other side is done, -1 when there is nothing yet.
    long read(char* into, std::size_t most) {
        if (!ssl_) {
            const long got = ::recv(fd_, into, most, 0);
            return got < 0 && errno != EAGAIN ? 0 : got;
        }
        std::size_t got = 0;
        if (SSL_read_ex(ssl_, into, most, &got) == 1) return static_cast<long>(got);
        return SSL_get_error(ssl_, 0) == SSL_ERROR_WANT_READ ? -1 : 0;
    }

    void write(const std::string& text) {
        std::size_t done = 0;
        while (done < text.size()) {
            std::size_t put = 0;
            if (ssl_) need(SSL_write_ex(ssl_, text.data() + done, text.size() - done, &put) == 1, "write");
            else {
                const long sent = ::send(fd_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
                need(sent > 0, "send");
                put = static_cast<std::size_t>(sent);
            }
            done += put;
        }
    }

private:
    int fd_;
    SSL* ssl_;
};

// What the server knows of one client: a frame that may be half there.
struct Peer {
    Peer(int fd, SSL_CTX* context) : line(fd, context) {
        if (line.ssl()) SSL_set_accept_state(line.ssl());
    }

    // Takes all that has come; false when the client is done.
    bool serve() {
        for (;;) {
            const std::size_t wanted = got < 4 ? 4 : 4 + length_in(frame.data());
            if (frame.size() < wanted) frame.resize(wanted);
            const long more = line.read(frame.data() + got, wanted - got);
            if (more <= 0) return more < 0;
            got += static_cast<std::size_t>(more);
            if (got < wanted || wanted == 4) continue;
            line.write(answer_to(std::string_view(frame).substr(4, wanted - 4)));
            got = 0;
        }
    }

    Line line;
    std::string frame;
    std::size_t got = 0;
};

void watch(int epoll, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    need(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

[[noreturn]] void serve(const Options& options) {
    Context context(options.secure() ? SSL_CTX_new(TLS_server_method()) : nullptr, SSL_CTX_free);
    if (context) prepare_server(context.get(), options);
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = local(options.port());
    socklen_t size = sizeof address;
    need(::bind(listener, plain(address), size) == 0 && ::listen(listener, 4096) == 0, "listen");
    need(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listener);
    std::map<int, std::unique_ptr<Peer>> peers;
    listening(ntohs(address.sin_port));
    for (;;) {
        std::array<epoll_event, 64> events;
        const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd == listener) {
                const int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (client < 0) continue;
                no_delay(client);
                watch(epoll, client);
                peers[client] = std::make_unique<Peer>(client, context.get());
            } else if (!peers[fd]->serve()) {
                peers.erase(fd);
            }
        }
    }
}

class Raw : public Connection {
public:
    Raw(int fd, SSL_CTX* context) : line_(fd, context) {
        if (!context) return;
        before_handshake(line_.ssl());
        need(SSL_connect(line_.ssl()) == 1, "handshake");
        after_handshake(line_.ssl());
    }

    std::string deliver(const std::string& token, const std::string& body) override {
        const Header header = header_of(token.size() + 1 + body.size());
        line_.write(std::string(header.begin(), header.end()) + token + "\n" + body);
        std::string length = read(4);
        return read(length_in(length.data()));
    }

private:
    std::string read(std::size_t bytes) {
        std::string text(bytes, '\0');
        for (std::size_t got = 0; got < bytes;) {
            const long more = line_.read(text.data() + got, bytes - got);
            need(more > 0, "no answer");
            got += static_cast<std::size_t>(more);
        }
        return text;
    }

    Line line_;
};

Open dial(const Options& options) {
    std::shared_ptr<SSL_CTX> context;
    if (options.secure()) {
        context.reset(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
        prepare_client(context.get(), options);
    }
    const sockaddr_in address = local(options.port());
    return [context, address](bool) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        need(fd >= 0 && ::connect(fd, plain(address), sizeof address) == 0, "connect");
        no_delay(fd);
        return std::make_unique<Raw>(fd, context.get());
    };
}

}  // namespace

int main(int count, char** words) {
    const std::string about = std::string("{\"versions\":{\"OpenSSL\":\"") + OpenSSL_version(OPENSSL_VERSION_STRING)
        + "\"},\"protocol\":\"tcp\",\"stream_protocol\":\"tcp\",\"tls\":[\"none\",\"full\",\"resumed\"]}";
    return run(count, words, {about, serve, dial});
}
