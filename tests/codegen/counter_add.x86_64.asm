addq	%rsi, (%rdi)
retq
