// libcurl, which is a client only: HTTP/1.1, with --http 2 HTTP/2.
#include "agent.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>

namespace {

using namespace probe;

void need(CURLcode code) {
    if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
}

struct Share {
    CURLSH* handle = curl_share_init();
    ~Share() { curl_share_cleanup(handle); }
};

class Easy : public Connection {
public:
    Easy(const Options& options, const Share& share, bool resume) : curl_(curl_easy_init()), http2_(options.get("http") == "2") {
        base_ = (options.secure() ? "https://localhost:" : "http://localhost:") + options.get("port");
        set(CURLOPT_RESOLVE, resolve_ = curl_slist_append(nullptr, ("localhost:" + options.get("port") + ":127.0.0.1").c_str()));
        set(CURLOPT_HTTP_VERSION, http2_ ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
        set(CURLOPT_WRITEFUNCTION, &Easy::take);
        set(CURLOPT_WRITEDATA, this);
        if (options.secure()) {
            set(CURLOPT_CAINFO, options.get("ca").c_str());
            set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
            set(CURLOPT_TLS13_CIPHERS, "TLS_AES_256_GCM_SHA384");
            set(CURLOPT_SSL_SESSIONID_CACHE, static_cast<long>(resume));
            if (resume) set(CURLOPT_SHARE, share.handle);
        }
    }
    Easy(const Easy&) = delete;
    ~Easy() override {
        curl_easy_cleanup(curl_);
        curl_slist_free_all(headers_);
        curl_slist_free_all(resolve_);
    }

    std::string deliver(const std::string& bearer, const std::string& body) override {
        const Reply reply = post("/events", "application/x-ndjson", "Bearer " + bearer, body);
        if (reply.status / 100 != 2)
            throw std::runtime_error("answered was " + std::to_string(reply.status) + " " + reply.body);
        return reply.body;
    }

    Reply post(const std::string& path, const std::string& type, const std::string& authorization,
        const std::string& body) {
        curl_slist_free_all(headers_);
        headers_ = curl_slist_append(nullptr, ("Content-Type: " + type).c_str());
        headers_ = curl_slist_append(headers_, "Expect:");  // or it waits for 100 Continue
        if (!authorization.empty()) headers_ = curl_slist_append(headers_, ("Authorization: " + authorization).c_str());
        set(CURLOPT_HTTPHEADER, headers_);
        set(CURLOPT_URL, (base_ + path).c_str());
        set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
        set(CURLOPT_POSTFIELDS, body.c_str());
        answer_.clear();
        need(curl_easy_perform(curl_));
        long status = 0;
        need(curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status));
        long spoken = 0;
        need(curl_easy_getinfo(curl_, CURLINFO_HTTP_VERSION, &spoken));
        if (http2_ != (spoken == CURL_HTTP_VERSION_2)) throw std::runtime_error("the server speaks another HTTP");
        return {static_cast<int>(status), answer_};
    }

private:
    static std::size_t take(char* data, std::size_t size, std::size_t count, void* self) {
        static_cast<Easy*>(self)->answer_.append(data, size * count);
        if (static_cast<Easy*>(self)->first_) static_cast<Easy*>(self)->note_resumption();
        return size * count;
    }

    // The session cache is libcurl's own; only OpenSSL can say whether it was of use, and only during a transfer.
    void note_resumption() {
        first_ = false;
        const curl_tlssessioninfo* tls = nullptr;
        need(curl_easy_getinfo(curl_, CURLINFO_TLS_SSL_PTR, &tls));
        if (tls && tls->backend == CURLSSLBACKEND_OPENSSL && tls->internals
            && SSL_session_reused(static_cast<SSL*>(tls->internals)))
            ++resumptions();
    }

    template <class Value>
    void set(CURLoption option, Value value) {
        need(curl_easy_setopt(curl_, option, value));
    }

    CURL* curl_;
    bool http2_;
    bool first_ = true;
    curl_slist* headers_ = nullptr;
    curl_slist* resolve_ = nullptr;
    std::string base_, answer_;
};

Open dial(const Options& options) {
    const auto share = std::make_shared<Share>();
    curl_share_setopt(share->handle, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return [options, share](bool) { return std::make_unique<Easy>(options, *share, options.resumed()); };
}

void agent(const Options& options) {
    const Share share;
    Easy easy(options, share, false);
    be_agent(options, [&](const auto&... parts) { return easy.post(parts...); });
}

}  // namespace

// Over HTTP/2 the libcurl 7.88.1 of Debian 12 resumes no session (its handshakes stay full, whatever the server), and
// without TLS it fails from the second request on a connection on: https://github.com/curl/curl/issues/10634.
int main(int count, char** words) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const curl_version_info_data* version = curl_version_info(CURLVERSION_NOW);
    const std::string about = std::string("{\"versions\":{\"libcurl\":\"") + version->version + "\",\"libcurl TLS\":\""
        + version->ssl_version + "\"},\"protocol\":\"http1\",\"tls\":[\"none\",\"full\",\"resumed\"],\"http2_tls\":[\"full\"]}";
    return run(count, words, {about, nullptr, dial, agent});
}
