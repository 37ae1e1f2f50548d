// What every token probe in C++ shares: the claims, the keys, and the conversation with wavetank.
//
//   probe about                                 what it is, as JSON
//   probe tokens --keys FOLDER                  does what its standard input says, one answer a line:
//       mint ALGORITHM                          a token
//       check ALGORITHM TOKEN                   whether it is valid: algorithm, signature, expiry, issuer, audience
//       sign ALGORITHM KEY N                    makes N tokens; KEY is cached, or parsed for each
//       verify ALGORITHM KEY N                  checks one token N times
//
// FOLDER has HS256.secret and, of the other algorithms, ALGORITHM.private.pem and ALGORITHM.public.pem.
#pragma once

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

namespace probe {

const std::string issuer = "wavetank";
const std::string audience = "wavetank-agents";
const std::string subject = "6f1c2a34-9d0e-4b7a-8c55-0123456789ab";
const std::string identity = "0b5e7f1e-2f43-4f7e-9a31-ba9876543210";
constexpr long lifetime_s = 900;

inline long now_s() {
    using namespace std::chrono;
    return static_cast<long>(duration_cast<seconds>(system_clock::now().time_since_epoch()).count());
}

// One algorithm with a key: parsed when it is made.
class Signer {
public:
    virtual ~Signer() = default;
    virtual std::string sign() = 0;
    virtual bool verify(const std::string& token) = 0;
};

// Makes a signer for an algorithm, from the key to sign or from the key to verify with; the other text is empty.
using Make = std::function<std::unique_ptr<Signer>(
    const std::string& algorithm, const std::string& signing, const std::string& verifying)>;

class Desk {
public:
    Desk(Make make, std::string folder) : make_(std::move(make)), folder_(std::move(folder)) {}

    std::string obey(const std::string& line) {
        std::istringstream words(line);
        std::string word, algorithm, third;
        std::size_t count = 0;
        words >> word >> algorithm >> third >> count;
        if (algorithm != algorithm_) load(algorithm);
        if (word == "mint") return quoted("token", make_(algorithm, signing_, "")->sign());
        if (word == "check") return std::string("{\"valid\":") + (valid(third) ? "true}" : "false}");
        if (word == "sign") return sign(third == "cached", count);
        if (word == "verify") return verify(third == "cached", count);
        throw std::runtime_error("unknown: " + line);
    }

private:
    void load(const std::string& algorithm) {
        algorithm_ = algorithm;
        const bool shared = algorithm == "HS256";
        signing_ = content(algorithm + (shared ? ".secret" : ".private.pem"));
        verifying_ = content(algorithm + (shared ? ".secret" : ".public.pem"));
        signer_ = make_(algorithm, signing_, "");
        verifier_ = make_(algorithm, "", verifying_);
    }

    std::string content(const std::string& name) const {
        std::ifstream file(folder_ + "/" + name);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    bool valid(const std::string& token) try {
        return verifier_->verify(token);
    } catch (const std::exception&) {
        return false;
    }

    std::string sign(bool cached, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            token_ = cached ? signer_->sign() : make_(algorithm_, signing_, "")->sign();
        return "{\"bytes\":" + std::to_string(token_.size()) + "}";
    }

    std::string verify(bool cached, std::size_t count) {
        token_ = signer_->sign();
        for (std::size_t i = 0; i < count; ++i) {
            const bool fine = cached ? verifier_->verify(token_) : make_(algorithm_, "", verifying_)->verify(token_);
            if (!fine) throw std::runtime_error("a good token was refused");
        }
        return "{\"bytes\":" + std::to_string(token_.size()) + "}";
    }

    static std::string quoted(const std::string& name, const std::string& text) {
        return "{\"" + name + "\":\"" + text + "\"}";
    }

    Make make_;
    std::string folder_, algorithm_, signing_, verifying_, token_;
    std::unique_ptr<Signer> signer_, verifier_;
};

inline int run_tokens(int count, char** words, const std::string& about, const Make& make) try {
    const std::string what = count > 1 ? words[1] : "";
    if (what == "about") {
        std::cout << about << std::endl;
    } else if (what == "tokens" && count == 4 && words[2] == std::string("--keys")) {
        Desk desk(make, words[3]);
        for (std::string line; std::getline(std::cin, line);) std::cout << desk.obey(line) << std::endl;
    } else {
        std::cerr << "usage: probe about | probe tokens --keys FOLDER\n";
        return 2;
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << "probe: " << error.what() << "\n";
    return 1;
}

}  // namespace probe
