/** The prompts that must go where everyone expects, by tier. */
export const STANDARDS: Readonly<Record<string, readonly string[]>> = {
  simple: [
    "Hello",
    "Hello! How are you?",
    "What is 2+2?",
    "Capital of France?",
    "What is the capital of France?",
    "Count from 1 to 5",
  ],
  medium: [
    "Explain DNS",
    "Explain how DNS works",
    "Write a Python function that checks whether a number is even",
    "Compare React vs Vue",
    "Design a REST API for a todo app",
  ],
  complex: [
    "Design a microservices architecture",
    "Create a CI/CD pipeline for a monorepo with staged rollouts",
    "Refactor this monolith into services",
  ],
  reasoning: [
    "Prove sqrt(2) is irrational",
    "Prove the halting problem is undecidable",
    "Design a consensus algorithm",
  ],
};
