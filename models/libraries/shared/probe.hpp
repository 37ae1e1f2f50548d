// What every probe in C++ shares: the payload, the command line, and the conversation with wavetank.
//
//   probe about                                           what it is, as JSON
//   probe server [--tls TLS] [--cert FILE --key FILE]     prints {"port": N}, ends with its standard input
//   probe client --port N [--tls TLS] [--ca FILE]         does what its standard input says, one answer a line:
//       keep-alive N EVENTS        N requests on one kept connection
//       new N EVENTS               N requests, each on a connection of its own
//       stream N EVENTS            N messages on one kept stream
//       rate N EVENTS R            N requests at R a second on the kept connection, however slow the answers
//       hold N EVENTS              opens N connections more, makes a request on each, keeps them
//
// TLS is none, full, resumed or curve. A request is EVENTS events of 500 bytes (NDJSON) with a bearer token; the
// server counts the lines and answers how many there were, the client checks that. CPU time is read from outside
// between two answers, so nothing here takes it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace probe {

constexpr std::size_t event_bytes = 500;
constexpr std::size_t token_bytes = 338;  // what an ES256 token with six claims takes
constexpr std::size_t most_bytes = 1 << 20;

struct Options {
    std::map<std::string, std::string> words;

    std::string get(const std::string& name, const std::string& otherwise = "") const {
        const auto found = words.find(name);
        return found == words.end() ? otherwise : found->second;
    }
    std::uint16_t port() const { return static_cast<std::uint16_t>(std::stoi(get("port", "0"))); }
    std::string tls() const { return get("tls", "none"); }
    bool secure() const { return tls() != "none"; }
    bool resumed() const { return tls() == "resumed"; }
};

// Events as NDJSON, each 500 bytes with its line feed; letters and digits differ from event to event.
inline std::string batch(std::size_t events) {
    std::string text;
    std::uint32_t state = 1;
    for (std::size_t event = 0; event < events; ++event) {
        std::string line = "{\"data\":\"";
        while (line.size() < event_bytes - 3) {
            state = state * 1664525u + 1013904223u;
            line += "abcdefghijklmnopqrstuvwxyz012345"[state >> 27];
        }
        text += line + "\"}\n";
    }
    return text;
}

inline const std::string& token() {
    static const std::string made(token_bytes, 't');
    return made;
}

inline std::atomic<std::uint64_t>& counted() {
    static std::atomic<std::uint64_t> events{0};
    return events;
}

inline void check_token(std::string_view bearer) {
    if (bearer != token()) throw std::runtime_error("a request without its token");
}

inline std::size_t count_events(std::string_view body) {
    std::size_t events = 0;
    for (std::size_t at = 0; (at = body.find('\n', at)) != std::string_view::npos; ++at) ++events;
    counted() += events;
    return events;
}

// The server's whole work on a request: is the token there, and how many lines are there?
inline std::size_t accept_events(std::string_view bearer, std::string_view body) {
    check_token(bearer);
    return count_events(body);
}

inline std::string acknowledgement(std::size_t events) {
    return "{\"accepted\":" + std::to_string(events) + "}";
}

inline void check(std::string_view answer, std::size_t events) {
    if (answer != acknowledgement(events))
        throw std::runtime_error("acknowledged was " + std::string(answer));
}

// Says where the server listens, and ends the process when whoever started it has gone.
inline void listening(std::uint16_t port, const std::string& more = "") {
    std::cout << "{\"port\":" << port << more << "}" << std::endl;
    std::thread([] {
        std::string line;
        while (std::getline(std::cin, line)) {}
        std::cout << "{\"events\":" << counted() << "}" << std::endl;
        ::_exit(0);
    }).detach();
}

// One way to the server: made open, closed by its destructor.
class Connection {
public:
    virtual ~Connection() = default;
    virtual std::string deliver(const std::string& token, const std::string& body) = 0;
};

// Opens a connection, for a stream of messages if so asked.
using Open = std::function<std::unique_ptr<Connection>(bool stream)>;

// Of the handshakes made, how many resumed a session.
inline std::size_t& resumptions() {
    static std::size_t count = 0;
    return count;
}

class Client {
public:
    explicit Client(Open open) : open_(std::move(open)) {}

    std::string obey(const std::string& line) {
        std::istringstream words(line);
        std::string word;
        std::size_t requests = 0, events = 1;
        double rate_per_s = 0;
        words >> word >> requests >> events >> rate_per_s;
        resumptions() = 0;
        latencies_.clear();
        if (events != events_) body_ = batch(events_ = events);
        if (word == "new") for (std::size_t i = 0; i < requests; ++i) request(*open_(false));
        else if (word == "keep-alive") repeat(kept_, false, requests);
        else if (word == "stream") repeat(stream_, true, requests);
        else if (word == "rate") pace(requests, rate_per_s);
        else if (word == "hold") hold(requests);
        else throw std::runtime_error("unknown: " + line);
        std::string answer = "{\"requests\":" + std::to_string(requests)
            + ",\"resumed\":" + std::to_string(resumptions()) + ",\"latencies_us\":[";
        for (std::size_t i = 0; i < latencies_.size(); ++i)
            answer += (i ? "," : "") + std::to_string(latencies_[i]);
        return answer + "]}";
    }

private:
    using Clock = std::chrono::steady_clock;

    void request(Connection& connection) { check(connection.deliver(token(), body_), events_); }

    void repeat(std::unique_ptr<Connection>& kept, bool stream, std::size_t requests) {
        if (!kept) kept = open_(stream);
        for (std::size_t i = 0; i < requests; ++i) request(*kept);
    }

    // Latency counts from when a request was due, so that a slow answer is not spared its consequences.
    void pace(std::size_t requests, double rate_per_s) {
        if (!kept_) kept_ = open_(false);
        const auto start = Clock::now();
        for (std::size_t i = 0; i < requests; ++i) {
            const std::chrono::duration<double> after(static_cast<double>(i) / rate_per_s);
            const auto due = start + std::chrono::duration_cast<Clock::duration>(after);
            std::this_thread::sleep_until(due);
            request(*kept_);
            using std::chrono::microseconds;
            latencies_.push_back(std::chrono::duration_cast<microseconds>(Clock::now() - due).count());
        }
    }

    void hold(std::size_t connections) {
        for (std::size_t i = 0; i < connections; ++i) {
            held_.push_back(open_(false));
            request(*held_.back());
        }
    }

    Open open_;
    std::size_t events_ = 0;
    std::string body_;
    std::unique_ptr<Connection> kept_, stream_;
    std::vector<std::unique_ptr<Connection>> held_;
    std::vector<std::int64_t> latencies_;
};

struct Probe {
    std::string about;                         // JSON: name and versions
    std::function<void(const Options&)> serve;  // returns never
    std::function<Open(const Options&)> connect;
    std::function<void(const Options&)> agent = nullptr;  // see agent.hpp
};

inline int run(int count, char** words, const Probe& probe) try {
    const std::string what = count > 1 ? words[1] : "";
    Options options;
    for (int i = 2; i + 1 < count; i += 2) options.words[std::string(words[i]).substr(2)] = words[i + 1];
    if (what == "about") {
        std::cout << probe.about << std::endl;
    } else if (what == "server" && probe.serve) {
        probe.serve(options);
    } else if (what == "client" && probe.connect) {
        Client client(probe.connect(options));
        for (std::string line; std::getline(std::cin, line);) std::cout << client.obey(line) << std::endl;
    } else if (what == "agent" && probe.agent) {
        probe.agent(options);
    } else {
        std::cerr << "usage: probe about|server|client|agent [--option VALUE]...\n";
        return 2;
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << "probe: " << error.what() << "\n";
    return 1;
}

}  // namespace probe
