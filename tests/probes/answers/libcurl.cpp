// tcp PORT: bytes to a server that echoes. unix_sockets PATH: a POST to an HTTP server that answers its length.
#include "check.hpp"

#include <curl/curl.h>

#include <unistd.h>

std::size_t take(char* data, std::size_t size, std::size_t count, void* into) {
    static_cast<std::string*>(into)->append(data, size * count);
    return size * count;
}

int main(int, char** words) {
    CURL* curl = curl_easy_init();
    std::string got;
    if (std::string(words[1]) == "tcp") {
        curl_easy_setopt(curl, CURLOPT_URL, ("http://127.0.0.1:" + std::string(words[2])).c_str());
        curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
        check(curl_easy_perform(curl) == CURLE_OK, "no connection");
        std::size_t size = 0;
        check(curl_easy_send(curl, "4", 1, &size) == CURLE_OK && size == 1, "not sent");
        char byte = 0;
        for (int i = 0; i < 500 && curl_easy_recv(curl, &byte, 1, &size) == CURLE_AGAIN; ++i) usleep(10000);
        got = byte;
    } else {
        curl_easy_setopt(curl, CURLOPT_URL, "http://localhost/");
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, words[2]);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "ping");
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got);
        check(curl_easy_perform(curl) == CURLE_OK, "no answer");
    }
    curl_easy_cleanup(curl);
    check(got == "4", "answered was " + got);
}
