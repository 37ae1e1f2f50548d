// What the trials share: what is asked for comes as the first word, and what does not hold ends the program.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string>

inline void check(bool holds, const std::string& what) {
    if (holds) return;
    std::cerr << what << "\n";
    std::exit(1);
}
