#include "reconciler/cli/commands/run.h"

int main(int argc, char** argv) { return cemli::run_cemli({argv + 1, argv + argc}); }
