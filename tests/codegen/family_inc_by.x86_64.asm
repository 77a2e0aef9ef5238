movl	%esi, %eax
leaq	(%rax,%rax,2), %rax
shll	$5, %eax
addq	%rdi, %rax
movzbl	%dl, %ecx
shll	$5, %ecx
incq	576(%rcx,%rax)
retq
