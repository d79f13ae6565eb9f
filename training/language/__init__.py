"""The program that makes transforms/language/language.npz from word lists: README.md beside this file is its card."""
