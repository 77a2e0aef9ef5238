decq	(%rdi)
retq
