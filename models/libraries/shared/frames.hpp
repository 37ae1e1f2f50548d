// Framing for libraries that have none: four bytes of length, then the token as a line, then the events.
#pragma once

#include "probe.hpp"

#include <array>

#include <arpa/inet.h>

namespace probe {

using Header = std::array<char, 4>;

inline Header header_of(std::size_t bytes) {
    const std::uint32_t length = htonl(static_cast<std::uint32_t>(bytes));
    Header made;
    std::memcpy(made.data(), &length, made.size());
    return made;
}

inline std::size_t length_in(const char* header) {
    std::uint32_t length;
    std::memcpy(&length, header, sizeof length);
    length = ntohl(length);
    if (length > most_bytes) throw std::runtime_error("a frame that is too long");
    return length;
}

inline std::string framed(const std::string& text) {
    const Header header = header_of(text.size());
    return std::string(header.begin(), header.end()) + text;
}

inline std::string answer_to(std::string_view payload) {
    const std::size_t end = std::min(payload.find('\n'), payload.size() - 1);
    return framed(acknowledgement(accept_events(payload.substr(0, end), payload.substr(end + 1))));
}

}  // namespace probe
