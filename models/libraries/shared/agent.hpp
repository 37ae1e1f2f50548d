// An agent of wavetank's own server, for libraries that speak HTTP (docs/server.md tells what is said):
//
//   probe agent --port N --ca FILE --id UUID --events N     its key comes on standard input
//
// It logs in, sends a stateless batch and a stateful one twice, and prints what was answered.
#pragma once

#include "probe.hpp"

namespace probe {

struct Reply {
    int status = 0;
    std::string body;
};

// Posts a body of a media type to a path, with an Authorization unless that is empty.
using Post = std::function<Reply(
    const std::string& path, const std::string& type, const std::string& authorization, const std::string& body)>;

inline std::string value_of(const std::string& json, const std::string& name) {
    const std::string mark = "\"" + name + "\":";
    const std::size_t start = json.find('"', json.find(mark) + mark.size());
    if (json.find(mark) == std::string::npos || start == std::string::npos) throw std::runtime_error("no " + name);
    return json.substr(start + 1, json.find('"', start + 1) - start - 1);
}

inline void be_agent(const Options& options, const Post& post) {
    std::string key;
    std::getline(std::cin, key);
    const std::string form = "grant_type=client_credentials&client_id=" + options.get("id") + "&client_secret=" + key;
    const Reply login = post("/login", "application/x-www-form-urlencoded", "", form);
    std::cout << "{\"login\":" << login.status << std::flush;
    const std::string bearer = "Bearer " + value_of(login.body, "access_token");
    const std::size_t events = std::stoul(options.get("events", "100"));
    std::string numbered = "{\"epoch\":\"probe\"}\n";
    for (std::size_t i = 0; i < events; ++i)
        numbered += "{\"sequence\":" + std::to_string(i) + ",\"data\":\"event " + std::to_string(i) + "\"}\n";
    const std::string ndjson = "application/x-ndjson";
    std::cout << ",\"stateless\":" << post("/stateless", ndjson, bearer, batch(events)).status;
    std::cout << ",\"stateful\":" << post("/stateful", ndjson, bearer, numbered).status;
    std::cout << ",\"repeated\":" << post("/stateful", ndjson, bearer, numbered).status << "}" << std::endl;
}

}  // namespace probe
